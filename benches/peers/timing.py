"""What the peers' scripts share: a body timed like the Rust benches, one to warm up, then the median."""
import statistics
import time


def timed(repeats, body):
    """Median and least seconds."""
    body()
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        body()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds), min(seconds)


def line(what, repeats, body):
    """Prints what, median seconds and least seconds, tab-separated."""
    median, least = timed(repeats, body)
    print(f"{what}\t{median}\t{least}", flush=True)
