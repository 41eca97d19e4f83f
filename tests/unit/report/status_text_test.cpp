#include <doctest/doctest.h>

#include "report/status.h"

using namespace egressc;

namespace {

constexpr Micros now = 1'764'208'800 * second;  // 2025-11-27T02:00:00Z
constexpr Micros minute = 60 * second;
constexpr Micros hour = 60 * minute;
constexpr Micros day = 24 * hour;

const std::string hash = "383acc64dc1dcb9a980627fcd27332ef6f3ebc917b55858539fecdbc16adea2d";

StatusReport running() {
  StatusReport report;
  report.table_present = true;
  report.current = {"0.1.0", hash, now - 3 * hour, "/etc/egressc/policy.yaml"};
  report.drift = Drift::none;
  return report;
}

bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("what runs, since when, from which file, and whether it is still that") {
  CHECK(describe_status(running(), now, false) ==
        "egressc on this host, 2025-11-27T02:00:00Z\n"
        "running   policy sha256:383acc64dc1d, by egressc 0.1.0\n"
        "since     2025-11-26T23:00:00Z (3 h ago)\n"
        "from      /etc/egressc/policy.yaml\n"
        "drift     none: what runs is what the policy says\n");
}

TEST_CASE("everything at once, in a namespace") {
  StatusReport report = running();
  report.netns = "lab";
  report.previous = AppliedPolicy{"", "00ff00ff00ff00ff", now - 6 * day, "/etc/old.yaml"};
  report.drift = Drift::drifted;
  report.drift_text = "agent (uid 1001)\n  +  api.example.com  tcp/443\n";
  report.pending = Pending{std::chrono::milliseconds(41'001), now - 19 * second};
  report.warnings = {"table ip filter drops \x1b"};
  report.usage.emplace();
  CHECK(describe_status(report, now, false) ==
        "egressc in network namespace lab, 2025-11-27T02:00:00Z\n"
        "PENDING   not confirmed: rolled back in 42 s unless you type: egressc confirm --netns lab\n"
        "          applied 2025-11-27T01:59:41Z (19 s ago)\n"
        "running   policy sha256:383acc64dc1d, by egressc 0.1.0\n"
        "since     2025-11-26T23:00:00Z (3 h ago)\n"
        "from      /etc/egressc/policy.yaml\n"
        "drift     what runs is not what the policy says; against the policy it has\n"
        "  agent (uid 1001)\n"
        "    +  api.example.com  tcp/443\n"
        "before    policy sha256:00ff00ff00ff, 2025-11-21T02:00:00Z (6 days ago), /etc/old.yaml; back to it: egressc "
        "rollback "
        "--netns lab\n"
        "warning: table ip filter drops \\x1b\n"
        "\n"
        "0 packets (0 B) denied in all\n"
        "0 packets (0 B) of open connections (established, related); a grant counts only the packets that open one\n");
}

TEST_CASE("ages are coarse, and a clock that was set back is said") {
  struct Row {
    Micros since;
    std::string_view words;
  };
  const Row rows[] = {
      {now, "(0 s ago)"},
      {now - minute + 1, "(59 s ago)"},
      {now - minute, "(1 min ago)"},
      {now - hour + 1, "(59 min ago)"},
      {now - hour, "(1 h ago)"},
      {now - 2 * day + 1, "(47 h ago)"},
      {now - 2 * day, "(2 days ago)"},
      {0, "(20419 days ago)"},
      {now + 1, "(in the future: the clock was set back since)"},
      {now + day, "(in the future: the clock was set back since)"},
  };
  for (const Row& row : rows) {
    StatusReport report = running();
    report.current.since = row.since;
    CAPTURE(row.words);
    CHECK(holds(describe_status(report, now, false), row.words));
  }
}

TEST_CASE("no table") {
  StatusReport report;
  CHECK(describe_status(report, now, false) ==
        "egressc on this host, 2025-11-27T02:00:00Z\n"
        "running   nothing: there is no table inet egressc\n");
  report.current.file = "/etc/p.yaml";
  report.current.since = now - day;
  CHECK(holds(describe_status(report, now, false),
              "applied   /etc/p.yaml, 2025-11-26T02:00:00Z (24 h ago), and the table was taken out since\n"));
  report.current.file.clear();
  CHECK(holds(describe_status(report, now, false),
              "applied   2025-11-26T02:00:00Z (24 h ago), and the table was taken out since\n"));
}

TEST_CASE("a table that says nothing of itself") {
  StatusReport report;
  report.table_present = true;
  CHECK(describe_status(report, now, false) ==
        "egressc on this host, 2025-11-27T02:00:00Z\n"
        "running   a table inet egressc that does not say its policy: egressc did not load it\n"
        "since     not known: it was not loaded by egressc apply\n"
        "drift     not known\n");
}

TEST_CASE("time that is up") {
  StatusReport report = running();
  report.pending = Pending{std::chrono::milliseconds(-5), std::nullopt};
  CHECK(holds(describe_status(report, now, false),
              "PENDING   not confirmed: rolled back now unless you type: egressc confirm\n"));
  report.pending->left = std::chrono::milliseconds(1);
  CHECK(holds(describe_status(report, now, false), "rolled back in 1 s unless"));
}

TEST_CASE("a change whose guardian has died") {
  StatusReport report = running();
  report.netns = "lab";
  report.pending = Pending{{}, now - 19 * second, false};
  CHECK(holds(describe_status(report, now, false),
              "PENDING   not confirmed, and not guarded: its guardian has died, and nothing takes it back; to keep it: "
              "egressc confirm --netns lab, to take it back: egressc rollback --netns lab\n"
              "          applied 2025-11-27T01:59:41Z (19 s ago)\n"));
}

TEST_CASE("of a long difference the first lines, and the command for the rest") {
  StatusReport report = running();
  report.netns = "lab";
  report.drift = Drift::drifted;
  for (int i = 0; i < 25; ++i) report.drift_text += "line " + std::to_string(i) + "\n";
  const std::string text = describe_status(report, now, false);
  CHECK(holds(text, "  line 19\n  5 more lines: egressc diff /etc/egressc/policy.yaml kernel:lab\n"));
  CHECK(!holds(text, "line 20\n"));
}

TEST_CASE("colors, and none in what an input wrote") {
  StatusReport report = running();
  report.current.file = "/tmp/\033[2J";
  report.pending = Pending{std::chrono::seconds(9), std::nullopt};
  const std::string text = describe_status(report, now, true);
  CHECK(holds(text, "\033[1megressc on this host\033[0m, 2025"));
  CHECK(holds(
      text,
      "\033[1;31mPENDING\033[0m   not confirmed: rolled back in 9 s unless you type: \033[1megressc confirm\033[0m\n"));
  CHECK(holds(text, "from      /tmp/\\x1b[2J\n"));
  CHECK(!holds(describe_status(report, now, false), "\033"));
}

TEST_CASE("the same for programs") {
  StatusReport report = running();
  CHECK(describe_status_json(StatusReport{}, now) == R"({
  "time": "2025-11-27T02:00:00Z",
  "netns": "",
  "loaded": false,
  "current": {},
  "drift": "unknown",
  "warnings": []
}
)");
  report.netns = "lab";
  report.previous = AppliedPolicy{"", "00ff", now - day, ""};
  report.drift = Drift::drifted;
  report.drift_text = "a\n";
  report.pending = Pending{std::chrono::milliseconds(1500), now};
  report.usage.emplace();
  report.warnings = {"w"};
  const std::string json = describe_status_json(report, now);
  CHECK(holds(json, R"("current": {
    "version": "0.1.0",
    "sha256": "383acc64dc1dcb9a980627fcd27332ef6f3ebc917b55858539fecdbc16adea2d",
    "since": "2025-11-26T23:00:00Z",
    "file": "/etc/egressc/policy.yaml"
  },
  "previous": {
    "sha256": "00ff",
    "since": "2025-11-26T02:00:00Z"
  },
  "drift": "drifted",
  "difference": "a\n",
  "pending": {
    "guarded": true,
    "left_ms": 1500,
    "since": "2025-11-27T02:00:00Z"
  },
  "usage": {
    "by_grant": true,
)"));
  CHECK(holds(json, "\"warnings\": [\n    \"w\"\n  ]\n"));
  report.pending->left = std::chrono::milliseconds(-1);
  CHECK(holds(describe_status_json(report, now), "\"left_ms\": 0"));
  report.pending->is_guarded = false;
  CHECK(holds(describe_status_json(report, now), "\"guarded\": false,\n    \"since\""));
}
