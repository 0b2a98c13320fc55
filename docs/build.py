"""Write the Markdown of this repository, and a reference of every public name, as plain pages in ``out/docs``."""

from __future__ import annotations

import html
import inspect
import re
import sys
from pathlib import Path

from markdown_it import MarkdownIt

import surveykit

ROOT = Path(__file__).resolve().parents[1]
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ max-width: 50rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif; }}
pre {{ overflow-x: auto; padding: .75rem; border: 1px solid #8884; }}
table {{ border-collapse: collapse; }}
th, td {{ padding: .2rem .6rem; border-bottom: 1px solid #8884; text-align: left; }}
</style></head>
<body>
<nav><a href="{up}docs/index.html">surveykit {version}</a> · <a href="{up}docs/reference.html">reference</a></nav>
{body}
</body></html>
"""


def pages() -> list[Path]:
    """Markdown files that are documentation, relative to the repository."""
    folders = ("", "docs", "decisions", "benchmarks", "analyses/*")
    return sorted(path.relative_to(ROOT) for folder in folders for path in ROOT.glob(f"{folder}/*.md".lstrip("/")))


def broken_links(markdown: dict[Path, str]) -> list[str]:
    """Links to files that are not there."""
    return [
        f"{path}: no file '{target}'"
        for path, text in markdown.items()
        for target in re.findall(r"\]\(([^)\s#]+)[^)]*\)", text)
        if "://" not in target and not (ROOT / path.parent / target).exists()
    ]


def reference() -> str:
    """Every public name with its signature and docstring, in the order of the public face."""
    parts = ["<h1>Reference</h1>"]
    for name in surveykit.__all__[1:]:
        value = getattr(surveykit, name)
        signature = ""
        if callable(value) and not (inspect.isclass(value) and issubclass(value, Exception)):
            signature = str(inspect.signature(value))
        text = html.escape(inspect.getdoc(value) or "")
        parts.append(f'<h2 id="{name}">{name}</h2><p><code>{html.escape(name + signature)}</code></p><pre>{text}</pre>')
    return "\n".join(parts)


def write(target: Path) -> int:
    """Write all pages below the target folder; return how many."""
    markdown = {path: (ROOT / path).read_text(encoding="utf-8") for path in pages()}
    if broken := broken_links(markdown):
        sys.exit("make docs: " + "; ".join(broken))
    renderer = MarkdownIt("commonmark", {"html": False}).enable("table")
    bodies = {path.with_suffix(".html"): renderer.render(text) for path, text in markdown.items()}
    bodies[Path("docs/reference.html")] = reference()
    for path, body in bodies.items():
        up = "../" * (len(path.parts) - 1)
        linked = re.sub(r'href="([^":]+)\.md(#[^"]*)?"', r'href="\1.html\2"', body)
        page = PAGE.format(title=path.stem, up=up, version=surveykit.__version__, body=linked)
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (target / path).write_text(page, encoding="utf-8")
    return len(bodies)


if __name__ == "__main__":
    folder = ROOT / "out" / "docs"
    print(f"{write(folder)} pages in {folder}, begin with {folder / 'docs' / 'index.html'}")
