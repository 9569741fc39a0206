"""The Python end of a benchmark: answers the calls of the parent process, one after another, each a line of JSON."""

import json
import sys
import time
import traceback


def serve(handlers):
    """Answers every call {method, argument} with the handler of that name, until the parent goes away."""
    # What a package prints must not mix with the answers.
    answers, sys.stdout = sys.stdout, sys.stderr

    def answer(message):
        answers.write(json.dumps(message) + "\n")
        answers.flush()

    answer({"value": "ready"})
    for line in sys.stdin:
        call = json.loads(line)
        try:
            answer({"value": handlers[call["method"]](call["argument"])})
        except Exception:
            answer({"error": traceback.format_exc()})


def measure(files, work):
    """Runs `work` and says how long it took on the wall clock, and what came of it."""
    start = time.perf_counter()
    answer = work()
    return {"pictures": len(files), "seconds": time.perf_counter() - start, "answer": answer}
