# Runs R's package survey on the invented sample of firms and writes oracle.json in the pack format.
# usage: Rscript oracle.R FOLDER      (FOLDER holds data/firms.csv; needs the packages survey and jsonlite)
suppressPackageStartupMessages({ library(survey); library(jsonlite) })
folder <- commandArgs(TRUE)[1]
output <- if (length(commandArgs(TRUE)) > 1) commandArgs(TRUE)[2] else file.path(folder, "oracle.json")

# Data: declared types, factors with their levels in order.
types <- list(firm = "int", region = c("north", "south", "east", "west"), town = "int", towns = "int", firms = "int",
  weight = "float", sector = c("food", "machines", "services", "digital"), size = c("small", "medium", "large"),
  staff = "int", sales = "float", exporter = "int", digital = "float", adopts = "int", orders = "int",
  stratum = "string", in_sector = "int", cell = "string")
firms <- read.csv(file.path(folder, "data", "firms.csv"), colClasses = "character", na.strings = "")
for (name in names(types)) {
  kind <- types[[name]]
  firms[[name]] <- if (length(kind) > 1) factor(firms[[name]], levels = kind) else
    switch(kind, int = as.integer(firms[[name]]), float = as.numeric(firms[[name]]), string = firms[[name]])
}
declared <- lapply(types, function(kind) if (length(kind) > 1) list(type = unbox("factor"), levels = kind) else list(type = unbox(kind)))
datasets <- list(firms = list(file = unbox("data/firms.csv"), rows = unbox(nrow(firms)), columns = declared,
  source = unbox("invented by tests/oracles/own/generate.py"), licence = unbox("CC0-1.0"), note = unbox("synthetic")))

# Numbers as packs write them: NA is null, NaN and infinities are words.
numbers <- function(x) {
  x <- as.numeric(x)
  I(lapply(x, function(v) if (is.nan(v)) unbox("NaN") else if (is.na(v)) NULL else if (is.infinite(v)) unbox(if (v > 0) "Inf" else "-Inf") else unbox(v)))
}
rows <- function(m) if (is.null(m)) NULL else { m <- as.matrix(m); I(lapply(seq_len(nrow(m)), function(i) numbers(m[i, ]))) }
errors <- function(x) tryCatch(numbers(unlist(SE(x))), error = function(e) NULL)
covariance <- function(x) { v <- tryCatch(as.matrix(vcov(x)), error = function(e) NULL); if (is.null(v) || nrow(v) > 14 || nrow(v) != ncol(v)) NULL else rows(v) }
ends <- function(x, ...) rows(tryCatch(confint(x, ...), error = function(e) NULL))

# Results by class.
statistic <- function(x, df) c(list(names = names(coef(x)), estimates = numbers(coef(x)), ses = numbers(SE(x)), vcov = covariance(x),
  df = unbox(df), ci95 = ends(x), ci95_t = ends(x, df = df)), if (!is.null(attr(x, "deff"))) list(deff = numbers(deff(x))))
read <- function(x, df) {
  if (inherits(x, "svyglm")) {
    s <- summary(x)$coefficients
    return(list(names = names(coef(x)), estimates = numbers(coef(x)), ses = numbers(SE(x)), vcov = covariance(x), df = unbox(x$df.residual),
      design_df = unbox(degf(x$survey.design)), t = numbers(s[, 3]), p_value = numbers(s[, 4]), ci95 = ends(x), deviance = unbox(x$deviance),
      null_deviance = unbox(x$null.deviance), dispersion = numbers(summary(x)$dispersion)[1], n_used = unbox(length(x$y)), converged = unbox(x$converged)))
  }
  if (inherits(x, "svyby")) {
    by <- attr(x, "svyby")$margins
    cells <- x[setdiff(names(x), names(x)[by])]
    return(list(by = lapply(x[by], as.character), cells = lapply(cells, numbers), names = names(coef(x)), estimates = numbers(coef(x)),
      ses = errors(x), df = unbox(df), ci95 = ends(x), vcov = if (is.null(attr(x, "var"))) NULL else covariance(x)))
  }
  if (inherits(x, "newsvyquantile")) {
    one <- function(m) list(p = numbers(rownames(m)), estimates = numbers(m[, 1]), ci_lower = numbers(m[, 2]), ci_upper = numbers(m[, 3]), ses = numbers(m[, 4]))
    return(list(variables = lapply(x, one), df = unbox(df)))
  }
  if (inherits(x, "svyciprop")) return(list(names = names(x), estimates = numbers(x), ses = numbers(SE(x)), ci95 = rows(matrix(attr(x, "ci"), 1)), df = unbox(df)))
  if (inherits(x, "htest")) return(list(statistic = numbers(x$statistic), parameter = numbers(x$parameter), p_value = numbers(x$p.value),
    estimates = if (is.null(x$estimate)) NULL else numbers(x$estimate), ci95 = if (is.null(x$conf.int)) NULL else rows(matrix(x$conf.int, 1)),
    observed = if (is.null(x$observed)) NULL else numbers(x$observed), expected = if (is.null(x$expected)) NULL else numbers(x$expected)))
  if (inherits(x, "svyvar")) { v <- as.matrix(attr(x, "var")); m <- as.matrix(unclass(x)); return(list(estimates = numbers(m), ses = numbers(sqrt(diag(v))), vcov = rows(v), df = unbox(df))) }
  if (inherits(x, "svyratio")) return(list(names = names(coef(x)), estimates = numbers(coef(x)), ses = numbers(SE(x)), df = unbox(df), ci95 = ends(x), ci95_t = ends(x, df = df)))
  if (inherits(x, "svytable")) return(list(dimnames = dimnames(x), counts_column_major = numbers(x)))
  if (inherits(x, "regTermTest") || inherits(x, "regTermTestLRT")) { keep <- intersect(c("Ftest", "chisq", "df", "ddf", "p", "lambda"), names(x)); return(lapply(x[keep], numbers)) }
  if (inherits(x, "svystat")) return(statistic(x, df))
  list(names = names(x), estimates = numbers(x))
}

designs <- list()
design <- function(id, call, ...) {
  options(...)
  assign(id, eval(parse(text = call)), globalenv())
  designs[[id]] <<- list(id = unbox(id), dataset = unbox("firms"), call = unbox(call), degf = unbox(degf(get(id))), options = lapply(list(...), unbox))
}
entries <- list()
entry <- function(design, call, options = list()) {
  said <- character()
  before <- do.call(base::options, c(list(survey.lonely.psu = "fail", survey.adjust.domain.lonely = FALSE), options))
  on.exit(base::options(before))
  found <- tryCatch(withCallingHandlers(eval(parse(text = call)), warning = function(w) { said <<- c(said, conditionMessage(w)); invokeRestart("muffleWarning") }),
    error = function(e) e)
  parsed <- parse(text = call)[[1]]
  record <- list(id = unbox(sprintf("own.%03d", length(entries) + 1L)), dataset = unbox("firms"), design_id = unbox(design), call = unbox(call),
    fn = unbox(paste(deparse(parsed[[1]]), collapse = "")), options = lapply(options, unbox), warnings = unique(said), r41 = unbox("same"))
  record <- c(record, if (inherits(found, "error")) list(error = unbox(conditionMessage(found))) else read(found, degf(get(design))))
  entries[[length(entries) + 1L]] <<- record[!vapply(record, is.null, NA)]
}

design("two", "svydesign(id=~town+firm, strata=~region, fpc=~towns+firms, data=firms, nest=TRUE)")
design("clustered", "svydesign(id=~town, strata=~region, weights=~weight, data=firms, nest=TRUE)")
design("units", "svydesign(id=~1, strata=~sector, fpc=~in_sector, data=firms)")
design("plain", "svydesign(id=~1, weights=~weight, data=firms)")
design("single", "svydesign(id=~1, strata=~cell, weights=~weight, data=firms)")

for (d in c("two", "clustered", "units", "plain")) {
  D <- function(text) entry(d, gsub("DESIGN", d, text, fixed = TRUE))
  D("svymean(~sales+staff, DESIGN, deff=TRUE)")
  D("svymean(~digital, DESIGN, na.rm=TRUE)")
  D("svymean(~digital+adopts, DESIGN, na.rm=TRUE)")
  D("svymean(~size, DESIGN)")
  D("svymean(~interaction(size,exporter), DESIGN)")
  D("svymean(~log(staff)+I(sales/staff), DESIGN)")
  D("svymean(~sales, subset(DESIGN, exporter==1 & size!=\"small\"))")
  D("svytotal(~sales, DESIGN, deff=TRUE)")
  D("svytotal(~sector, DESIGN)")
  D("svyratio(~sales, ~staff, DESIGN)")
  D("svyby(~sales, ~size, DESIGN, svymean, covmat=TRUE)")
  D("svyby(~sales, ~size+exporter, DESIGN, svytotal)")
  D("svyby(~sales, ~sector, denominator=~staff, DESIGN, svyratio)")
  D("svyby(~exporter, ~region, DESIGN, svymean, vartype=c(\"se\",\"ci\",\"cv\",\"var\"))")
  D("svyvar(~sales+staff, DESIGN)")
  for (m in c("logit", "likelihood", "asin", "beta", "mean", "xlogit")) D(sprintf("svyciprop(~exporter, DESIGN, method=\"%s\")", m))
  for (q in c("math", "school", "hf2", "hf4", "hf7")) D(sprintf("svyquantile(~sales, DESIGN, c(.1,.25,.5,.9), qrule=\"%s\")", q))
  for (k in c("beta", "xlogit", "asin")) D(sprintf("svyquantile(~staff, DESIGN, c(.25,.5,.75), interval.type=\"%s\")", k))
  D("svyby(~sales, ~size, DESIGN, svyquantile, quantiles=.5, vartype=\"ci\")")
  D("svytable(~size+exporter, DESIGN)")
  for (s in c("F", "Chisq", "Wald", "adjWald", "saddlepoint")) D(sprintf("svychisq(~size+exporter, DESIGN, statistic=\"%s\")", s))
  D("svychisq(~region+adopts, DESIGN)")
  D("svyttest(sales~exporter, DESIGN)")
  D("svyttest(I(staff-40)~0, DESIGN)")
  for (r in c("wilcoxon", "vanderWaerden", "median")) D(sprintf("svyranktest(sales~exporter, DESIGN, test=\"%s\")", r))
  D("svyranktest(sales~size, DESIGN, test=\"KruskalWallis\")")
  D("svyglm(sales~staff+size, design=DESIGN)")
  D("svyglm(log(sales)~log(staff)*exporter, design=DESIGN)")
  D("svyglm(exporter~log(staff)+sector, design=DESIGN, family=quasibinomial())")
  D("svyglm(adopts~exporter, design=DESIGN, family=quasibinomial(link=\"probit\"))")
  D("svyglm(orders~exporter+offset(log(staff)), design=DESIGN, family=quasipoisson())")
  D("svyglm(sales~size, design=DESIGN, family=Gamma(link=\"log\"))")
  D("regTermTest(svyglm(log(sales)~log(staff)+size, design=DESIGN), ~size)")
  D("regTermTest(svyglm(exporter~log(staff)+sector, design=DESIGN, family=quasibinomial()), ~sector, method=\"LRT\")")
  D("svycontrast(svymean(~sales+staff, DESIGN), list(difference=c(1,-1)))")
  D("svycontrast(svytotal(~sales+staff, DESIGN), quote(log(sales/staff)))")
  D("predict(svyglm(exporter~staff, design=DESIGN, family=quasibinomial()), newdata=data.frame(staff=c(5,50,500)), type=\"response\")")
  D("degf(subset(DESIGN, region!=\"east\"))")
}
for (how in c("fail", "remove", "certainty", "adjust", "average")) {
  option <- list(survey.lonely.psu = how)
  entry("single", "svymean(~sales, single)", option)
  if (how != "adjust") entry("single", "svytotal(~staff+exporter, single)", option)  # survey 4.1 and 4.5 differ in it
  entry("single", "svymean(~sales, subset(single, cell!=\"alone\"))", option)
}
entry("plain", "svymean(~nowhere, plain)")
entry("plain", "svydesign(id=~town, strata=~region, weights=~weight, data=firms)")
entry("plain", "svydesign(id=~1, strata=~sector, fpc=~I(in_sector/90), data=firms)")

header <- list(pack = unbox("own"), R = unbox(R.version.string), survey = unbox(as.character(packageVersion("survey"))), n_entries = unbox(length(entries)))
write_json(list(header = header, datasets = datasets, designs = designs, entries = entries), output, digits = I(17), pretty = FALSE, null = "null")
