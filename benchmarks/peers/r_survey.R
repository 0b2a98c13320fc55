# Times R survey. usage: Rscript r_survey.R FOLDER ROWS OPERATION REPEATS
arguments <- commandArgs(TRUE)
folder <- arguments[1]; rows <- as.integer(as.numeric(arguments[2])); operation <- arguments[3]; repeats <- as.integer(arguments[4])
suppressPackageStartupMessages(library(survey))
whole <- function(name) readBin(sprintf("%s/raw-%d/%s.bin", folder, rows, name), "integer", rows, size = 4L, endian = "little")
real <- function(name) readBin(sprintf("%s/raw-%d/%s.bin", folder, rows, name), "double", rows, size = 8L, endian = "little")
sample <- data.frame(stratum = whole("stratum"), psu = whole("psu"), w = real("w"), dom = factor(whole("dom")),
  c1 = factor(whole("c1")), c2 = factor(whole("c2")), d1 = whole("d1"), d2 = whole("d2"), yb = whole("yb"),
  y = real("y"), x1 = real("x1"), x2 = real("x2"), x3 = real("x3"))
memory <- function(field) { lines <- readLines("/proc/self/status"); as.numeric(sub("[^0-9]*([0-9]+).*", "\\1", lines[grepl(field, lines)])) / 1024 }
prepare <- function() svydesign(ids = ~psu, strata = ~stratum, weights = ~w, data = sample)
run <- switch(operation,
  mean = function(design) { r <- svymean(~y, design); c(coef(r), SE(r)) },
  domains = function(design) { r <- svyby(~y, ~dom, design, svymean); c(coef(r), SE(r)) },
  crosstab = function(design) { r <- svychisq(~c1 + c2, design, statistic = "F"); c(r$statistic, r$parameter) },
  linear = function(design) { r <- svyglm(y ~ x1 + x2 + x3 + d1 + d2, design); c(coef(r), SE(r)) },
  logistic = function(design) { r <- svyglm(yb ~ x1 + x2 + x3 + d1 + d2, design, family = quasibinomial()); c(coef(r), SE(r)) },
  median = function(design) { r <- svyquantile(~y, design, 0.5)$y; c(r[1, 1], r[1, 4]) })
invisible(gc()); cat("5", file = "/proc/self/clear_refs"); before <- memory("VmRSS")
clock <- function(f) { start <- proc.time()[["elapsed"]]; value <- f(); list(seconds = proc.time()[["elapsed"]] - start, value = value) }
fresh <- clock(function() run(prepare()))
design <- prepare(); times <- c(); started <- proc.time()[["elapsed"]]
for (i in seq_len(repeats)) { one <- clock(function() run(design)); times <- c(times, one$seconds); if (proc.time()[["elapsed"]] - started > 60) break }
if (max(times) < 0.05) times <- rep(clock(function() for (j in 1:20) run(design))$seconds / 20, 3)
array <- function(values) paste0("[", paste(format(as.numeric(values), digits = 17), collapse = ","), "]")
cat(sprintf("\nJSON{\"fresh\":[%s],\"warm\":%s,\"before\":%f,\"peak\":%f,\"results\":%s}\n", format(fresh$seconds, digits = 6), array(times), before, memory("VmHWM"), array(one$value)))
