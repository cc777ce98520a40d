"""What the peers' scripts share: a body timed like the Rust benches, one to warm up, then the median."""
import statistics
import time


def line(what, repeats, body):
    """Prints what, median seconds and least seconds, tab-separated."""
    body()
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        body()
        seconds.append(time.perf_counter() - start)
    print(f"{what}\t{statistics.median(seconds)}\t{min(seconds)}", flush=True)
