// The two forms of a report.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "compare/compare_fixture.h"

using namespace egressc;
using namespace egressc::compare_tests;

namespace {

SubjectDifference subject(std::string label, std::vector<FlowLine> added) {
  SubjectDifference subject;
  subject.label = std::move(label);
  subject.uids = {{1001, 1001}};
  subject.added.lines = std::move(added);
  return subject;
}

FlowLine line(std::vector<std::string> names, std::string service) {
  return {std::move(names), false, {}, std::nullopt, {std::move(service)}};
}

}  // namespace

TEST_CASE("signs, a column for each subject, and one line for what stays") {
  SubjectDifference one = subject("a", {line({"api.example"}, "tcp/443")});
  one.removed.lines = {line({"longer.example.org"}, "tcp/80")};
  one.possibly_added.lines = {line({"b.example"}, "udp")};
  one.possibly_removed = {true, std::nullopt, {line({"c.example"}, "udp")}};
  one.unchanged = 1;
  SubjectDifference more = subject("a", {line({"x.example"}, "tcp/443")});
  more.uids = {{7, 8}};
  more.unchanged = 1;
  const std::vector<SubjectDifference> all = {one, more};
  CHECK(describe(all, false) ==
        "a (uid 1001)\n"
        "  +  api.example         tcp/443\n"
        "  -  longer.example.org  tcp/80\n"
        "  +? b.example           udp\n"
        "  -? anything but\n"
        "       c.example           udp\n"
        "\n"
        "a (uid 7-8)\n"
        "  +  x.example  tcp/443\n"
        "     1 flow as before\n");
}

TEST_CASE("colors are switched off again on every line, and what is left out has none") {
  SubjectDifference one = subject("a", {line({"api.example"}, "tcp/443")});
  one.removed = {true, Family::ipv6, {line({"b.example"}, "udp")}};
  const std::vector<SubjectDifference> all = {one};
  CHECK(describe(all, true) ==
        "\033[1ma (uid 1001)\033[0m\n"
        "  \033[32m+  api.example  tcp/443\033[0m\n"
        "  \033[31m-  anything over IPv6 but\033[0m\n"
        "       b.example    udp\n");
  CHECK(describe(all, false).find('\033') == std::string::npos);
}

TEST_CASE("a long destination does not push the others to the right") {
  const std::string name(60, 'n');
  const std::vector<SubjectDifference> all = {subject("a", {line({name}, "tcp/1"), line({"b"}, "tcp/2")})};
  CHECK(describe(all, false) == "a (uid 1001)\n  +  " + name + "  tcp/1\n  +  b" + std::string(43, ' ') + "  tcp/2\n");
}

TEST_CASE("names and labels reach no terminal as they are") {
  const std::vector<SubjectDifference> all = {
      subject("a\033[2Jb\n", {line({"api\033]0;x\007.example", "\xc3\xa4"}, "tcp/443")})};
  const std::string text = describe(all, false);
  CHECK(text == "a\\x1b[2Jb\\x0a (uid 1001)\n  +  api\\x1b]0;x\\x07.example, \\xc3\\xa4  tcp/443\n");
}

TEST_CASE("json says the same, member by member") {
  LiveMarkers markers;
  const Side before =
      side("old\033.yaml", grants("{to: api.example, ports: [tcp/443], addresses: [203.0.113.7]}"), &markers);
  Side after = side("new",
                    grants("{to: api.example, ports: [tcp/443], addresses: [203.0.113.7, 203.0.113.9]}, "
                           "{to: \"*.example.org\", ports: [tcp/80], live: true}"),
                    &markers);
  after.meaning.undecided.push_back({{"rules.v4", 12, 0}, "-m \"psd\"", "match psd"});
  const Difference difference = compare_sides(before, after);
  const auto subjects = by_subject(difference, before, after, markers);
  const std::string json = describe_json(difference, subjects, one_family_names(after), before, after);
  CHECK(json == R"text({
  "old": "old\\x1b.yaml",
  "new": "new",
  "equal": false,
  "widens": true,
  "subjects": [
    {
      "subject": "agent",
      "uids": [
        "1001"
      ],
      "gids": [],
      "with_socket": true,
      "without_socket": false,
      "added": {
        "all_but": false,
        "flows": [
          {
            "to": "*.example.org (live)",
            "names": [
              "*.example.org"
            ],
            "live": true,
            "addresses": [],
            "services": [
              "tcp/80"
            ]
          },
          {
            "to": "api.example",
            "names": [
              "api.example"
            ],
            "live": false,
            "addresses": [
              "203.0.113.9"
            ],
            "services": [
              "tcp/443"
            ]
          }
        ]
      },
      "removed": {
        "all_but": false,
        "flows": []
      },
      "possibly_added": {
        "all_but": false,
        "flows": []
      },
      "possibly_removed": {
        "all_but": false,
        "flows": []
      },
      "unchanged": 1
    }
  ],
  "one_family": [
    {
      "subject": "agent",
      "name": "api.example",
      "family": "ipv4",
      "knows_other": false
    }
  ],
  "undecided": [
    {
      "side": "new",
      "file": "rules.v4",
      "line": 12,
      "rule": "-m \"psd\"",
      "why": "match psd"
    }
  ]
}
)text");
}

TEST_CASE("json is UTF-8, whatever an input holds") {
  Side odd = side("\xff", grants("{to: 203.0.113.7, ports: [tcp/443]}"));
  odd.meaning.undecided.push_back({{"\xc3", 1, 0}, "-m comment --comment \xe2\x82", "\x80"});
  const Difference difference = compare_sides(odd, odd);
  const std::string json = describe_json(difference, {}, {}, odd, odd);
  CHECK(std::all_of(json.begin(), json.end(), [](char byte) { return static_cast<unsigned char>(byte) < 128; }));
}

TEST_CASE("json of no difference") {
  const Side same = side("a", grants("{to: 203.0.113.7, ports: [tcp/443]}"));
  const Difference difference = compare_sides(same, same);
  const std::string json = describe_json(difference, {}, {}, same, same);
  CHECK(json.find("\"equal\": true") != std::string::npos);
  CHECK(json.find("\"widens\": false") != std::string::npos);
  CHECK(json.find("\"subjects\": []") != std::string::npos);
}
