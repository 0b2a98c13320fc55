"""surveykit: firm surveys from the questionnaire to the printed figure."""
