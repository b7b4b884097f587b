# Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
"""Writes each event to the file "seen" beside its configuration: id, type, data, what became of it.

An event of type "retry" is tagged for retry the first time, one of type "hang" keeps its batch open
until a file "go" is there.
"""
import os
import sys
import time

import pgq

HOME = os.path.dirname(os.path.abspath(sys.argv[1]))


def note(*words):
    with open(os.path.join(HOME, "seen"), "a", encoding="utf-8") as seen:
        seen.write("|".join(str(word) for word in words) + "\n")


class Recorder(pgq.Consumer):
    def startup(self):
        super().startup()
        self.register_consumer()

    def process_batch(self, db, batch_id, event_list):
        count = 0
        for event in event_list:
            count += 1
            again = event.type == "retry" and not event.retry
            note(event.ev_id, event.type, event.data, event.extra1, "again" if again else "done")
            if again:
                event.tag_retry(0)
            elif event.type == "hang":
                while not os.path.exists(os.path.join(HOME, "go")):
                    time.sleep(0.05)
        if count:
            note("batch", count)


class LocalRecorder(pgq.LocalConsumer):
    def process_local_event(self, db, batch_id, event):
        note(event.ev_id, event.type, event.data, event.extra1, "done")


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as configuration:
        section = configuration.readline().strip("[] \n")
    kind = LocalRecorder if section == "local" else Recorder
    kind(section, "db", sys.argv[1:]).start()
