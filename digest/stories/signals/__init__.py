"""One file a ranking signal; the file name is its name in `ranking.weights`."""
