# Runs lme4 and polycor on the invented sample of firms and writes structure.json: two-level models and correlations of
# ratings, for tests of surveykit.estimation.two_level and surveykit.estimation.structure.
# usage: Rscript structure.R FOLDER      (FOLDER holds data/firms.csv; needs lme4, polycor and jsonlite)
suppressPackageStartupMessages({ library(lme4); library(polycor); library(jsonlite) })
folder <- commandArgs(TRUE)[1]
firms <- read.csv(file.path(folder, "data", "firms.csv"))
firms$place <- paste(firms$region, firms$town)
firms$size <- factor(firms$size, levels = c("small", "medium", "large"))
firms$rating <- cut(firms$digital, c(-Inf, 5, 12, 20, 30, Inf), labels = FALSE)

tight <- glmerControl(optimizer = "bobyqa", optCtrl = list(rhobeg = 0.01, rhoend = 1e-10, maxfun = 1e5))
linear <- lmer(log(sales) ~ log(staff) + (1 | place), firms, REML = FALSE,
  control = lmerControl(optimizer = "bobyqa", optCtrl = list(rhobeg = 0.01, rhoend = 1e-12)))
firms$productive <- as.integer(firms$sales > 14 * firms$staff)
logit <- glmer(productive ~ log(staff) + (1 | place), firms, family = binomial, nAGQ = 25, control = tight)
two_level <- function(model) list(coefficients = unname(fixef(model)), sd = unname(as.data.frame(VarCorr(model))$sdcor),
  loglik = as.numeric(logLik(model)))

kept <- firms[!is.na(firms$rating) & !is.na(firms$adopts), ]
number <- function(x, y, ...) as.numeric(polychor(x, y, ...))
ml <- polychor(kept$size, kept$rating, ML = TRUE, std.err = TRUE, control = list(reltol = 1e-14))
correlations <- list(n = nrow(kept),
  size_rating = number(kept$size, kept$rating), size_adopts = number(kept$size, kept$adopts),
  rating_adopts = number(kept$rating, kept$adopts), exporter_adopts = number(kept$exporter, kept$adopts),
  size_rating_ml = as.numeric(ml$rho),
  log_sales_adopts_ml = as.numeric(polyserial(log(kept$sales), kept$adopts, ML = TRUE)),
  digital_size_ml = as.numeric(polyserial(kept$digital, kept$size, ML = TRUE)))

versions <- list(R = R.version.string, lme4 = as.character(packageVersion("lme4")), polycor = as.character(packageVersion("polycor")))
result <- list(versions = versions, linear = two_level(linear), logit = two_level(logit), correlations = correlations)
write(toJSON(result, auto_unbox = TRUE, digits = 12, pretty = TRUE), file.path(folder, "structure.json"))
