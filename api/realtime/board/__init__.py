"""The live board: what a supervisor's page, or a wallboard, shows of a whole centre."""
