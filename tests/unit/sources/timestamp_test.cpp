#include <doctest/doctest.h>

#include "sources/envelope/envelope.h"

using namespace egressc;
using namespace egressc::sources;

namespace {

Micros at(std::string_view iso) { return parse_iso_time(iso).value(); }

ParseContext in_year(int year) {
  ParseContext context;
  context.year = year;
  return context;
}

}  // namespace

TEST_CASE("calendar timestamps in all their spellings") {
  struct Case {
    std::string_view text;
    std::size_t length;  // 0: none
    std::string_view iso;
  };
  const Case cases[] = {
      {"Nov 23 07:44:18 lab kernel:", 15, "2026-11-23T07:44:18Z"},
      {"Nov  3 07:44:18 lab", 15, "2026-11-03T07:44:18Z"},
      {"Nov 3 07:44:18 lab", 14, "2026-11-03T07:44:18Z"},
      {"Nov 03 07:44:18.5 lab", 17, "2026-11-03T07:44:18.5Z"},
      {"Mon Nov 23 07:44:18 2026 daemon.info", 24, "2026-11-23T07:44:18Z"},
      {"Thu Jan  1 00:00:00 2015]", 24, "2015-01-01T00:00:00Z"},
      {"Mon Nov 23 07:44:18 lab", 19, "2026-11-23T07:44:18Z"},
      {"2026-11-23T07:44:18.123456+01:00 lab", 32, "2026-11-23T06:44:18.123456Z"},
      {"2026-11-23T07:44:18Z", 20, "2026-11-23T07:44:18Z"},
      {"2026-11-23T07:44:18,688133+00:00 egress", 32, "2026-11-23T07:44:18.688133Z"},
      {"2026-11-23 07:44:18 lab", 19, "2026-11-23T07:44:18Z"},
      {"2026-11-23T07:44:18: text", 19, "2026-11-23T07:44:18Z"},
      {"20/Jun/2022:13:09:14 +0200 policy", 26, "2022-06-20T11:09:14Z"},
      {"20/Jun/2022:13:09:14 policy", 20, "2022-06-20T13:09:14Z"},
      {"23-Nov-2026 07:44:18.123 queries: info", 24, "2026-11-23T07:44:18.123Z"},
      {"23-Nov-2026 07:44:18 queries", 20, "2026-11-23T07:44:18Z"},
      {"23-Nov-2026", 0, ""},
      {"23-Xxx-2026 07:44:18", 0, ""},
      {"août 19 11:08:37 nlaptop", 17, "2026-08-19T11:08:37Z"},
      {"Okt 27 04:53:21 lab", 15, "2026-10-27T04:53:21Z"},
      {"Mär  3 04:53:21 lab", 16, "2026-03-03T04:53:21Z"},
      {"janv. 03 04:53:21 lab", 17, "2026-01-03T04:53:21Z"},
      {"ОКТ 27 04:53:21 lab", 18, "2026-10-27T04:53:21Z"},
      {"Şub 27 04:53:21 lab", 16, "2026-02-27T04:53:21Z"},
      {"říj 27 04:53:21 lab", 17, "2026-10-27T04:53:21Z"},
      {"6月 27 04:53:21 lab", 16, "2026-06-27T04:53:21Z"},
      {"12월 27 04:53:21 lab", 17, "2026-12-27T04:53:21Z"},
      {"Fr Okt 27 04:53:21 2025 lab", 23, "2025-10-27T04:53:21Z"},
      {"Nov 23 2025 07:44:18: %ASA", 20, "2025-11-23T07:44:18Z"},
      {"Nov 23 07:44:18 2025 lab", 20, "2025-11-23T07:44:18Z"},
      {"Nov 23 07:44:18 8080 lab", 15, "2026-11-23T07:44:18Z"},
      {"Fri 2026-11-20 10:00:00 UTC lab", 27, "2026-11-20T10:00:00Z"},
      {"ven. 2026-11-20 10:00:00.123456 CET lab", 35, "2026-11-20T10:00:00.123456Z"},
      {"Fri 2026-11-20 10:00:00 -03 lab", 27, "2026-11-20T13:00:00Z"},
      {"Fri 2026-11-20 10:00:00 lab[7]: text", 0, ""},
      {"1795419858.123456 lab", 17, "2026-11-23T07:44:18.123456Z"},
      {"1795419858.123 lab", 0, ""},
      {"1795419858", 0, ""},
      {"foo 27 04:53:21 lab", 0, ""},
      {"foo Okt 27 04:53 lab", 0, ""},
      {"Nov 23 07:44 lab", 0, ""},
      {"Nov 123 07:44:18 lab", 0, ""},
      {"November 23 07:44:18", 0, ""},
      {"2026-13-23T07:44:18Z", 0, ""},
      {"2026-11-23", 0, ""},
      {"20/Xxx/2022:13:09:14", 0, ""},
      {"Nov", 0, ""},
      {"Mon ", 0, ""},
      {"2", 0, ""},
      {"", 0, ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const auto stamp = parse_stamp(c.text, in_year(2026));
    CHECK(stamp.has_value() == (c.length != 0));
    if (!stamp) continue;
    CHECK(stamp->length == c.length);
    CHECK(stamp->at == at(c.iso));
    CHECK_FALSE(stamp->undated);
  }
}

TEST_CASE("a date that the year does not have is no time") {
  CHECK(parse_stamp("Feb 29 07:44:18 lab", in_year(2026))->at == no_time);
  CHECK(parse_stamp("Feb 29 07:44:18 lab", in_year(2024))->at == at("2024-02-29T07:44:18Z"));
  CHECK(parse_stamp("Nov 23 27:44:18 lab", in_year(2026))->at == no_time);
  CHECK(parse_stamp("Nov 23 07:44:18 lab", in_year(-1))->at == no_time);
}

TEST_CASE("a zone that the timestamp lacks comes from the context") {
  ParseContext context = in_year(2026);
  context.utc_offset_minutes = 90;
  CHECK(parse_stamp("Nov 23 07:44:18 lab", context)->at == at("2026-11-23T06:14:18Z"));
  CHECK(parse_stamp("2026-11-23 07:44:18 lab", context)->at == at("2026-11-23T06:14:18Z"));
  CHECK(parse_stamp("2026-11-23T07:44:18Z lab", context)->at == at("2026-11-23T07:44:18Z"));
  CHECK(parse_stamp("20/Jun/2022:13:09:14 +0200", context)->at == at("2022-06-20T11:09:14Z"));
}

TEST_CASE("without a year the one nearest to the reference, each line for itself") {
  struct Case {
    std::string_view text;
    std::string_view reference;
    std::string_view iso;
  };
  const Case cases[] = {
      {"Dec 31 23:59:59 lab", "2027-01-01T00:00:10Z", "2026-12-31T23:59:59Z"},
      {"Jan  1 00:00:01 lab", "2027-01-01T00:00:10Z", "2027-01-01T00:00:01Z"},
      {"Jan  1 00:00:01 lab", "2026-12-31T23:00:00Z", "2027-01-01T00:00:01Z"},
      {"Jun 30 12:00:00 lab", "2026-11-23T00:00:00Z", "2026-06-30T12:00:00Z"},
      {"Feb 29 12:00:00 lab", "2026-11-23T00:00:00Z", "2028-02-29T12:00:00Z"},
      {"Feb 29 12:00:00 lab", "2025-11-23T00:00:00Z", "2024-02-29T12:00:00Z"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    ParseContext context;
    context.reference = at(c.reference);
    const auto stamp = parse_stamp(c.text, context);
    REQUIRE(stamp);
    CHECK(stamp->at == at(c.iso));
    CHECK_FALSE(stamp->undated);
  }
  const auto stamp = parse_stamp("Nov 23 07:44:18 lab", {});
  CHECK(stamp->at == at("2000-11-23T07:44:18Z"));
  CHECK(stamp->undated);
}

TEST_CASE("seconds since boot") {
  CHECK(parse_uptime("[ 4423.688133] egress")->since_boot == 4423688133);
  CHECK(parse_uptime("[ 4423.688133] egress")->length == 14);
  CHECK(parse_uptime("[12.5]")->since_boot == 12500000);
  CHECK(parse_uptime("[9999999999.999999999]")->since_boot == 9999999999999999);
  for (const std::string_view text : {"[UFW BLOCK]", "[ 12]", "[ 12.]", "[ .5]", "[ 12.5", "[99999999999.5]", "[", ""})
    CHECK_FALSE(parse_uptime(text));
}

TEST_CASE("envelopes") {
  struct Case {
    std::string_view line;
    std::string_view program;
    std::string_view process;
    std::string_view message;
    std::string_view iso;  // "": no time
  };
  const Case cases[] = {
      {"Nov 23 07:44:18 lab kernel: [ 4423.688133] egress: ", "kernel", "", "egress: ", "2026-11-23T07:44:18Z"},
      {"Nov 23 07:44:18 lab kernel: egress: ", "kernel", "", "egress: ", "2026-11-23T07:44:18Z"},
      {"Nov 23 07:44:18 kernel: egress: ", "kernel", "", "egress: ", "2026-11-23T07:44:18Z"},
      {"<4>Nov 23 07:44:18 lab kernel: egress: ", "kernel", "", "egress: ", "2026-11-23T07:44:18Z"},
      {"<4>[   12.345678] egress: ", "", "", "egress: ", "1970-01-02T00:00:12.345678Z"},
      {"[   12.345678][ T1234] egress: ", "", "", "egress: ", "1970-01-02T00:00:12.345678Z"},
      {"[   12.345678] lab kernel: egress: ", "kernel", "", "egress: ", "1970-01-02T00:00:12.345678Z"},
      {"[Mon Nov 23 07:44:18 2026] [UFW BLOCK] ", "", "", "[UFW BLOCK] ", "2026-11-23T07:44:18Z"},
      {"<6>1 2026-11-23T07:44:18.5Z lab kernel - - - egress: ", "kernel", "", "egress: ", "2026-11-23T07:44:18.5Z"},
      {"<30>1 2026-11-23T07:44:18Z lab dnsmasq 712 - [a b=\"]\\\"\"][c] \xef\xbb\xbfreply", "dnsmasq", "712", "reply",
       "2026-11-23T07:44:18Z"},
      {"<165>1 - lab dnsmasq 712 - - reply", "dnsmasq", "712", "reply", ""},
      {"2026-11-23T07:44:18.5+00:00 lab kernel: [ 1.5] egress: ", "kernel", "", "egress: ", "2026-11-23T07:44:18.5Z"},
      {"2026-11-23T07:44:18-07:00 DEBUG kernel: [  316.559919] wlan0: up", "kernel", "", "wlan0: up",
       "2026-11-23T14:44:18Z"},
      {"Mon Nov 23 07:44:18 2026 daemon.info dnsmasq[712]: 5 x", "dnsmasq", "712", "5 x", "2026-11-23T07:44:18Z"},
      {"Nov 23 07:44:18 lab kern.warn kernel: egress: ", "kernel", "", "egress: ", "2026-11-23T07:44:18Z"},
      {"Nov 23 07:44:18 dnsmasq[712]: 5 x", "dnsmasq", "712", "5 x", "2026-11-23T07:44:18Z"},
      {"Nov 23 07:44:18 lab  ", "", "", " ", "2026-11-23T07:44:18Z"},
      {"Nov 23 07:44:18 lab my prefix ", "", "", "my prefix ", "2026-11-23T07:44:18Z"},
      {"Nov 23 07:44:18 BLOCK ", "", "", "BLOCK ", "2026-11-23T07:44:18Z"},
      {"août 19 11:08:37 nlaptop kernel: egress: ", "kernel", "", "egress: ", "2026-08-19T11:08:37Z"},
      {"node-1 | kernel: egress: ", "kernel", "", "egress: ", ""},
      {"0 6 PVEFW-HOST-OUT 23/Nov/2026:07:44:18 +0200 policy DROP: ", "DROP", "", "", "2026-11-23T05:44:18Z"},
      {"egress: ", "", "", "egress: ", ""},
      {"", "", "", "", ""},
  };
  ParseContext context = in_year(2026);
  context.boot_time = at("1970-01-02T00:00:00Z");
  Observations observations;
  EnvelopeReader reader("kernel", context, observations);
  // Twice: the second time with a memory of the line before.
  for (int round = 0; round < 2; ++round)
    for (const Case& c : cases)
      for (int repeat = 0; repeat < 2; ++repeat) {
        CAPTURE(c.line);
        const Envelope envelope = reader.read_syslog(c.line);
        CHECK(envelope.program == c.program);
        CHECK(envelope.process == c.process);
        CHECK(envelope.message == c.message);
        CHECK(envelope.at == (c.iso.empty() ? no_time : at(c.iso)));
      }
  CHECK_FALSE(observations.undated);
  CHECK_FALSE(observations.uptime_only);
}

TEST_CASE("uncertain times are noted") {
  Observations undated;
  CHECK(EnvelopeReader("kernel", {}, undated).read_syslog("Nov 23 07:44:18 lab kernel: x").at ==
        at("2000-11-23T07:44:18Z"));
  CHECK(undated.undated);
  CHECK_FALSE(undated.uptime_only);
  Observations since_boot;
  CHECK(EnvelopeReader("kernel", {}, since_boot).read_syslog("[ 4423.688133] x").at == no_time);
  CHECK(since_boot.uptime_only);
  CHECK_FALSE(since_boot.undated);
}

TEST_CASE("the first dated time of a text") {
  struct Case {
    std::string_view text;
    std::string_view iso;  // "": none
  };
  const Case cases[] = {
      {"Nov 23 07:44:18 lab kernel: x\n2026-11-23T07:44:18Z y\n", "2026-11-23T07:44:18Z"},
      {"type=SYSCALL msg=audit(1795419858.688:4711): arch=c000003e", "2026-11-23T07:44:18Z"},
      {"type=SYSCALL msg=audit(11/23/2026 07:44:18.688:4711) : arch=x86_64", "2026-11-23T07:44:18Z"},
      {"type=SYSCALL msg=audit(23/11/2026 07:44:18.688:4711) : arch=x86_64", "2026-11-23T07:44:18Z"},
      {R"({"ts":"2026-11-23T07:44:18Z","pid":1})", "2026-11-23T07:44:18Z"},
      {R"({"__REALTIME_TIMESTAMP":"1795419858000000","MESSAGE":"x"})", "2026-11-23T07:44:18Z"},
      {R"({ "__REALTIME_TIMESTAMP" : "1795419858000000" })", "2026-11-23T07:44:18Z"},
      {"Mon Nov 23 07:44:18 2026 daemon.info dnsmasq[1]: x", "2026-11-23T07:44:18Z"},
      {"0 3 PVEFW-HOST-IN 23/Nov/2026:07:44:18 +0000 policy DROP: IN=vmbr0 ", "2026-11-23T07:44:18Z"},
      {"Nov 23 07:44:18 lab kernel: egress-DROP: IN= OUT=lo SRC=fe80::1", ""},
      {"120263-11-23T07:44:18Z audit(x) audit( :-/(", ""},
      {"audit(99999999999999999999.1:1)", ""},
      {"audit(17954198", ""},
      {"", ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const Micros time = first_dated_time(c.text, 0);
    CHECK((time == no_time ? "" : to_string_utc(time)) == c.iso);
  }
  CHECK(first_dated_time("2026-11-23 07:44:18 x", 60) == at("2026-11-23T06:44:18Z"));
}
