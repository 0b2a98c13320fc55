// Reads {instrument, answers} and prints what the page's own routing says for each respondent.
const path = require("path");
const { route } = require(path.join(__dirname, "..", "..", "..", "surveykit", "instrument", "assets", "routing.js"));

const { instrument, answers } = JSON.parse(require("fs").readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(answers.map((data) => route(instrument, data))));
