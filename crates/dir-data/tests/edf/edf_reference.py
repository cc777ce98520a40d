"""Writes edf_reference.json: what pyEDFlib reads from the EDF and BDF samples.

Run: python3 -m venv venv && venv/bin/pip install pyedflib==0.1.42 && venv/bin/python edf_reference.py FOLDER
Written with pyEDFlib 0.1.42, numpy 2.4.6, Python 3.11.

pyEDFlib refuses the byte 0xB0 (a degree sign in Latin-1) in wfdb_test_generator_2.edf; a copy with the letter "d" in
its place is read instead ("patched" counts the bytes). The samples are the same.
"""
import json
import os
import sys
import tempfile

import numpy
import pyedflib

folder = sys.argv[1]
files = {}
for name in sorted(os.listdir(folder)):
    if not name.endswith((".edf", ".bdf")):
        continue
    with open(os.path.join(folder, name), "rb") as file:
        data = bytearray(file.read())
    start, patched = 0 if data[0] != 0xFF else 1, 0
    for at in range(start, int(data[184:192])):
        if data[at] == 0xB0:
            data[at], patched = ord("d"), patched + 1
    with tempfile.NamedTemporaryFile(suffix=name[-4:]) as copy:
        copy.write(data)
        copy.flush()
        reader = pyedflib.EdfReader(copy.name)
        signals = []
        for number in range(reader.signals_in_file):
            values = reader.readSignal(number)
            signals.append({
                "label": reader.getLabel(number),
                "rate": float(reader.getSampleFrequency(number)),
                "samples": len(values),
                "minimum": reader.getPhysicalMinimum(number),
                "maximum": reader.getPhysicalMaximum(number),
                "dimension": reader.getPhysicalDimension(number),
                "first": values[:20].tolist(),
                "last": values[-20:].tolist(),
                "sum": float(numpy.sum(values, dtype=numpy.float64)),
            })
        onsets, durations, texts = reader.readAnnotations()
        marks = [[float(o), float(d), str(t)] for o, d, t in zip(onsets, durations, texts)]
        files[name] = {
            "patched": patched,
            "start": str(reader.getStartdatetime()),
            "records": reader.datarecords_in_file,
            "record_seconds": reader.datarecord_duration,
            "signals": signals,
            "annotations": len(marks),
            "annotations_first": marks[:10],
            "annotations_last": marks[-5:],
        }
        reader.close()
versions = {"pyedflib": pyedflib.__version__, "numpy": numpy.__version__, "python": sys.version.split()[0]}
out = os.path.join(os.path.dirname(os.path.abspath(__file__)), "edf_reference.json")
with open(out, "w") as file:
    json.dump({"versions": versions, "files": files}, file, indent=1, ensure_ascii=False)
    file.write("\n")
