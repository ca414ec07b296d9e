"""Several trainings of one document at once: sweeps over values, many seeds, bagging.

plan        what varies: from words or from the document to documents that train alone
lone        one of them, in a process of its own
posts       how far a run has come, as files that another process reads
runs        the runs over the cores of this machine
cluster     the same runs on a Dask cluster
results     what they came to: means and spreads, as tables
folder      the files of several runs
committee   a trained ensemble: averages, and the variance of the mean
command     `hourglass train --sweep … --seeds … --bagging …`
"""
