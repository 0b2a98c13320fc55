// Reads {survey, answers} from standard input and prints the names of the questions visible for each set of answers.
const { Model } = require("survey-core");

const { survey, answers } = JSON.parse(require("fs").readFileSync(0, "utf8"));
const found = answers.map((data) => {
  const model = new Model(survey);
  if (model.jsonErrors && model.jsonErrors.length) throw new Error(model.jsonErrors.map((error) => error.message).join("; "));
  model.data = data;
  return model.pages.filter((page) => page.isVisible)
    .flatMap((page) => page.questions.filter((question) => question.isVisible).map((question) => question.name));
});
process.stdout.write(JSON.stringify(found));
