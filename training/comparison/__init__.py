"""The table of methods: its rows, their networks out of fold, the whole run, and the results page that is filled from it."""
