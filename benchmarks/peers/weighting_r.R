# Times R survey: 200 bootstrap replicates and means by domain. usage: Rscript weighting_r.R FOLDER ROWS REPEATS
arguments <- commandArgs(TRUE)
folder <- arguments[1]; rows <- as.integer(as.numeric(arguments[2])); repeats <- as.integer(arguments[3])
suppressPackageStartupMessages(library(survey))
whole <- function(name) readBin(sprintf("%s/raw-%d/%s.bin", folder, rows, name), "integer", rows, size = 4L, endian = "little")
real <- function(name) readBin(sprintf("%s/raw-%d/%s.bin", folder, rows, name), "double", rows, size = 8L, endian = "little")
sample <- data.frame(stratum = whole("stratum"), psu = whole("psu"), w = real("w"), dom = factor(whole("dom")), y = real("y"))
memory <- function(field) { lines <- readLines("/proc/self/status"); as.numeric(sub("[^0-9]*([0-9]+).*", "\\1", lines[grepl(field, lines)])) / 1024 }
prepare <- function() svydesign(ids = ~psu, strata = ~stratum, weights = ~w, data = sample)
run <- function(design) { set.seed(1); replicates <- as.svrepdesign(design, type = "subbootstrap", replicates = 200); coef(svyby(~y, ~dom, replicates, svymean)) }
invisible(gc()); cat("5", file = "/proc/self/clear_refs"); before <- memory("VmRSS")
clock <- function(f) { start <- proc.time()[["elapsed"]]; value <- f(); list(seconds = proc.time()[["elapsed"]] - start, value = value) }
fresh <- clock(function() run(prepare()))
times <- c(); design <- prepare(); one <- fresh
if (fresh$seconds < 60) for (i in seq_len(repeats)) { one <- clock(function() run(design)); times <- c(times, one$seconds) } else times <- fresh$seconds
array <- function(values) paste0("[", paste(format(as.numeric(values), digits = 17), collapse = ","), "]")
cat(sprintf("\nJSON{\"fresh\":[%s],\"warm\":%s,\"before\":%f,\"peak\":%f,\"results\":%s}\n", format(fresh$seconds, digits = 6), array(times), before, memory("VmHWM"), array(one$value)))
