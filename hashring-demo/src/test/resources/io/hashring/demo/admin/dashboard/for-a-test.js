// A file of the page that tests ask for.
