#include "cli/input_options.h"

#include <fmt/core.h>

#include "cli/option_values.h"
#include "support/passwd.h"

namespace egressc {
namespace {

namespace po = boost::program_options;
using Words = std::vector<std::string>;

Result<UserIds> names_of(const OptionReader& reader, const char* option, Diagnostics& diagnostics) {
  if (!reader.flag(option)) return UserIds{};
  return read_name_ids(reader.text(option), diagnostics);
}

void read_ids(OptionReader& reader, const char* option, const char* names_option, const UserIds& names,
              std::vector<IdRange>& ids) {
  for (const std::string& word : reader.list(option)) {
    const auto parsed = parse_ids(word, names);
    if (parsed)
      ids.insert(ids.end(), parsed->begin(), parsed->end());
    else
      reader.wrong(option, word,
                   fmt::format("a number below 4294967295, a range a-b, or a name with --{}", names_option));
  }
}

void read_learning(OptionReader& reader, InputOptions& options) {
  LearnOptions& learn = options.learn;
  reader.value("scope", learn.scope, parse_scope, "host or subjects");
  reader.value("deny", options.deny, parse_deny, "reject or drop");
  reader.value("mode", options.mode, parse_mode, "enforce or monitor");
  reader.value("trust", learn.least, parse_trust, "kernel, packet or claimed");
  reader.value("assume-proto", learn.assume_protocol, parse_assumed_protocol, "any, tcp or udp");
  learn.include_denied = reader.flag("include-denied");
  for (const std::string& word : reader.list("resolver")) {
    if (const auto address = parse_address(word))
      learn.resolvers.push_back(*address);
    else
      reader.wrong("resolver", word, "an IPv4 or IPv6 address");
  }
  reader.value("names", options.live_names, parse_names, "pinned or live");
  learn.deny = options.deny.value_or(Deny::reject);
  learn.mode = options.mode.value_or(Mode::enforce);
}

void read_times(OptionReader& reader, InputOptions& options) {
  reader.value("timezone", options.parse.utc_offset_minutes, parse_utc_offset, "UTC, Z, or an offset such as +02:00");
  const int offset = options.parse.utc_offset_minutes;
  const auto time = [offset](std::string_view text) { return parse_iso_time(text, offset); };
  constexpr std::string_view form = "a time such as 2026-11-23T07:00:00Z";
  reader.value("since", options.learn.since, time, form);
  reader.value("until", options.learn.until, time, form);
  reader.value("boot-time", options.parse.boot_time, time, form);
  reader.value("now", options.now, time, form);
  reader.value("year", options.parse.year, parse_year, "a year from 1970 to 2105");
}

void read_naming(OptionReader& reader, InputOptions& options) {
  reader.value("dns-grace", options.learn.dns_grace, parse_grace, "a time up to a day, such as 5m");
  reader.value("ambiguous", options.learn.ambiguous, parse_ambiguous, "pinned or review");
  reader.value("generalize", options.generalize, parse_sibling_count, "a number from 2 to 10000");
}

void read_fields(OptionReader& reader, InputOptions& options) {
  for (const std::string& word : reader.list("map")) {
    if (const auto field = parse_field_path(word))
      options.parse.json_fields.push_back(*field);
    else
      reader.wrong("map", word, "FIELD=PATH with FIELD one of host, address, port, url, protocol, uid, gid, pid, time");
  }
}

}  // namespace

void add_input_options(po::options_description& options) {
  po::options_description learning("What logs become");
  learning.add_options()("uid", po::value<Words>()->value_name("WHO"), "only these users: number, range, or name")(
      "gid", po::value<Words>()->value_name("WHO"), "only these groups; subjects are then (uid, gid)")(
      "scope", po::value<std::string>()->value_name("host|subjects"),
      "govern every process, or only the subjects (default: subjects with --uid or --gid, else host)")(
      "deny", po::value<std::string>()->value_name("reject|drop"), "what happens to everything else (default: reject)")(
      "mode", po::value<std::string>()->value_name("enforce|monitor"), "monitor logs and denies nothing")(
      "names", po::value<std::string>()->value_name("pinned|live"),
      "live: names that a policy file among the inputs grants follow DNS (default: pinned, as the policy says)")(
      "resolver", po::value<Words>()->value_name("ADDR"), "grant port 53 of this address to every subject")(
      "trust", po::value<std::string>()->value_name("kernel|packet|claimed"),
      "the least evidence that creates a grant (default: packet)")("include-denied",
                                                                   "grant what the host's own rules denied")(
      "assume-proto", po::value<std::string>()->value_name("any|tcp|udp"),
      "for attempts whose protocol no log tells (default: any)")("since", po::value<std::string>()->value_name("TIME"),
                                                                 "leave out what is older")(
      "until", po::value<std::string>()->value_name("TIME"), "leave out what is newer");
  options.add(learning);
  po::options_description naming("How addresses become names");
  naming.add_options()("dns-grace", po::value<std::string>()->value_name("TIME"),
                       "so long after its TTL may an answer be used (default: 5m)")(
      "ambiguous", po::value<std::string>()->value_name("pinned|review"),
      "a flow that several names fit: granted with all of them, to the addresses seen (default), or for review")(
      "generalize", po::value<std::string>()->value_name("N")->implicit_value("4"),
      "N or more names right below one parent become *.parent (--generalize alone: 4)");
  options.add(naming);
  add_reading_options(options);
}

void add_reading_options(po::options_description& options) {
  po::options_description reading("How inputs are read");
  reading.add_options()("timezone", po::value<std::string>()->value_name("+hh:mm"),
                        "of times without a zone (default: UTC)")("year", po::value<std::string>()->value_name("YYYY"),
                                                                  "of times without a year")(
      "boot-time", po::value<std::string>()->value_name("TIME"), "turns seconds since boot into times")(
      "map", po::value<Words>()->value_name("FIELD=PATH"),
      "where agent-json holds host, address, port, url, "
      "protocol, uid, gid, pid or time")("passwd", po::value<std::string>()->value_name("FILE"),
                                         "names of users, in the form of passwd(5)")(
      "group", po::value<std::string>()->value_name("FILE"), "names of groups, in the form of group(5)")(
      "now", po::value<std::string>()->value_name("TIME"), "for grants that expire")(
      "strict", "a line that is not understood is an error")("allow-empty", "logs without egress are no error")(
      "threads", po::value<std::string>()->value_name("N"),
      "inputs read at the same time (default: one for each core)");
  options.add(reading);
}

Result<InputOptions> read_input_options(OptionReader& reader, Diagnostics& diagnostics) {
  InputOptions options;
  auto users = names_of(reader, "passwd", diagnostics);
  if (!users) return users.failure();
  auto groups = names_of(reader, "group", diagnostics);
  if (!groups) return groups.failure();
  read_ids(reader, "uid", "passwd", *users, options.learn.uids);
  read_ids(reader, "gid", "group", *groups, options.learn.gids);
  options.users = std::move(*users);
  options.groups = std::move(*groups);
  read_learning(reader, options);
  read_naming(reader, options);
  read_times(reader, options);
  read_fields(reader, options);
  options.strict = reader.flag("strict");
  options.allow_empty = reader.flag("allow-empty");
  reader.value("threads", options.threads, parse_thread_count, "a number from 1 to 256");
  return options;
}

}  // namespace egressc
