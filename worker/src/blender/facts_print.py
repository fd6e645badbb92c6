# Prints the facts, and waits until the Worker has looked at the files that exist, or has closed standard input.
# Comment lines are removed before it is handed to Blender.
def farandole_print(ranges):
    import json
    import sys

    try:
        facts = farandole_facts(ranges)
        try:
            facts['missing'] = farandole_missing(farandole_frames(ranges))
        except Exception as error:
            facts['missing_error'] = repr(error)
    except Exception as error:
        facts = {'error': repr(error)}
    try:
        print('FARANDOLE-FACTS ' + json.dumps(facts, separators=(',', ':')), flush=True)
        sys.stdin.readline()
    except Exception:
        pass
