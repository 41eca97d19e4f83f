#include "commands/log_options.h"

#include "commands/option_values.h"
#include "support/passwd.h"

namespace egressc {
namespace {

namespace po = boost::program_options;

Result<UserIds> names_of(const OptionReader& reader, const char* option, Diagnostics& diagnostics) {
  if (!reader.flag(option)) return UserIds{};
  return read_name_ids(reader.text(option), diagnostics);
}

}  // namespace

void add_log_options(po::options_description& options) {
  options.add_options()("timezone", po::value<std::string>()->value_name("+hh:mm"),
                        "of times without a zone (default: UTC)")("year", po::value<std::string>()->value_name("YYYY"),
                                                                  "of times without a year")(
      "boot-time", po::value<std::string>()->value_name("TIME"), "turns seconds since boot into times")(
      "map", po::value<std::vector<std::string>>()->value_name("FIELD=PATH"),
      "where agent-json holds host, address, port, url, "
      "protocol, uid, gid, pid or time")("passwd", po::value<std::string>()->value_name("FILE"),
                                         "names of users, in the form of passwd(5)")(
      "group", po::value<std::string>()->value_name("FILE"), "names of groups, in the form of group(5)")(
      "now", po::value<std::string>()->value_name("TIME"), "for grants that expire")(
      "strict", "a line that is not understood is an error");
}

void read_log_options(OptionReader& reader, CompileOptions& options) {
  reader.value("timezone", options.parse.utc_offset_minutes, parse_utc_offset, "UTC, Z, or an offset such as +02:00");
  const int offset = options.parse.utc_offset_minutes;
  const auto time = [offset](std::string_view text) { return parse_iso_time(text, offset); };
  constexpr std::string_view form = "a time such as 2026-11-23T07:00:00Z";
  reader.value("since", options.learn.since, time, form);
  reader.value("until", options.learn.until, time, form);
  reader.value("boot-time", options.parse.boot_time, time, form);
  reader.value("now", options.now, time, form);
  reader.value("year", options.parse.year, parse_year, "a year from 1970 to 2105");
  options.strict = reader.flag("strict");
  for (const std::string& word : reader.list("map")) {
    if (const auto field = parse_field_path(word))
      options.parse.json_fields.push_back(*field);
    else
      reader.wrong("map", word, "FIELD=PATH with FIELD one of host, address, port, url, protocol, uid, gid, pid, time");
  }
}

Result<NameTables> read_name_options(const OptionReader& reader, Diagnostics& diagnostics) {
  auto users = names_of(reader, "passwd", diagnostics);
  if (!users) return users.failure();
  auto groups = names_of(reader, "group", diagnostics);
  if (!groups) return groups.failure();
  return NameTables{std::move(*users), std::move(*groups)};
}

}  // namespace egressc
