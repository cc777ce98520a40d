"""SMOGN by the package smogn with its defaults, which are the settings of the Rust bench, timed once: it takes minutes.

Prints a tab-separated line: what, seconds, seconds. Needs smogn 0.1.2, which wants numpy 1.26 and pandas 1.5. Arguments: a CSV, the name of
its target, and where to write the re-sampled rows.
"""
import random
import sys
import time
from importlib.metadata import version

import numpy as np
import pandas as pd
import smogn

given, target, made = sys.argv[1:]
rows = pd.read_csv(given)
random.seed(0)
np.random.seed(0)
start = time.perf_counter()
resampled = smogn.smoter(
    data=rows, y=target, k=5, pert=0.02, samp_method="balance", under_samp=True,
    rel_thres=0.5, rel_method="auto", rel_xtrm_type="both", rel_coef=1.5,
)
seconds = time.perf_counter() - start
resampled.to_csv(made, index=False)
print(f"  smogn {version('smogn')}, {len(rows)} rows: {len(resampled)} rows in the end\t{seconds}\t{seconds}", flush=True)
