// Entries of the journal as JSON, and whom it names as their writers.
#include <span>
#include <utility>

#include "model/words/text.h"
#include "sources/envelope/envelope.h"
#include "sources/envelope/json.h"
#include "sources/envelope/text.h"

namespace egressc::sources {
namespace {

enum class JournalField : std::uint8_t {
  realtime,
  transport,
  command,
  identifier,
  message,
  process,
  executable,
  user,
  unit,
  container,
  part,
  part_id,
  part_number,
  host,
  audit_type,
  audit_id,
  source_time,
  none,
};

constexpr auto field_count = static_cast<std::size_t>(JournalField::none);
constexpr std::array<std::string_view, field_count> field_names = {"__REALTIME_TIMESTAMP",
                                                                   "_TRANSPORT",
                                                                   "_COMM",
                                                                   "SYSLOG_IDENTIFIER",
                                                                   "MESSAGE",
                                                                   "_PID",
                                                                   "_EXE",
                                                                   "_UID",
                                                                   "_SYSTEMD_UNIT",
                                                                   "CONTAINER_NAME",
                                                                   "CONTAINER_PARTIAL_MESSAGE",
                                                                   "CONTAINER_PARTIAL_ID",
                                                                   "CONTAINER_PARTIAL_ORDINAL",
                                                                   "_HOSTNAME",
                                                                   "_AUDIT_TYPE",
                                                                   "_AUDIT_ID",
                                                                   "_SOURCE_REALTIME_TIMESTAMP"};

JournalField field_named(std::string_view name) {
  for (std::size_t i = 0; i < field_count; ++i)
    if (name == field_names[i]) return static_cast<JournalField>(i);
  return JournalField::none;
}

Micros parse_realtime(std::string_view text) {
  const auto at = parse_number<Micros>(text);
  return at && *at >= 0 && *at < seconds_of_year_10000 * second ? *at : no_time;
}

void put(JournalField field, std::string_view value, Envelope& entry) {
  switch (field) {
    case JournalField::realtime:
      entry.at = parse_realtime(value);
      break;
    case JournalField::transport:
      entry.transport = value;
      break;
    case JournalField::command:
      entry.command = value;
      break;
    case JournalField::identifier:
      entry.program = value;
      break;
    case JournalField::message:
      entry.message = value;
      break;
    case JournalField::process:
      entry.process = value;
      break;
    case JournalField::executable:
      entry.executable = value;
      break;
    case JournalField::user:
      entry.uid = parse_number<std::uint32_t>(value).value_or(no_id);
      break;
    case JournalField::unit:
      entry.unit = value;
      break;
    case JournalField::container:
      entry.container = value;
      break;
    case JournalField::part:
      entry.is_part = value == "true";
      break;
    case JournalField::part_id:
      entry.part_id = value;
      break;
    case JournalField::part_number:
      entry.part_number = parse_number<std::uint32_t>(value).value_or(0);
      break;
    case JournalField::host:
      entry.host = value;
      break;
    case JournalField::audit_type:
      entry.audit_type = parse_number<std::uint32_t>(value).value_or(0);
      break;
    case JournalField::audit_id:
      entry.audit_id = parse_number<std::uint64_t>(value).value_or(0);
      break;
    case JournalField::source_time:
      entry.source_time = parse_realtime(value);
      break;
    case JournalField::none:
      break;
  }
}

// Keeps the wanted values of the outermost object: strings, numbers as those who pass entries on write them, and arrays
// of bytes, where a value is not UTF-8. A field that is there several times is an array of strings.
class EntryHandler : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, EntryHandler> {
 public:
  EntryHandler(Envelope& entry, std::string& bytes) : entry_(entry), bytes_(bytes) {}

  bool Default() {
    field_ = JournalField::none;
    return depth_ != 0;
  }
  bool StartObject() {
    field_ = JournalField::none;
    ++depth_;
    return true;
  }
  bool EndObject(rapidjson::SizeType) { return leave(); }
  bool StartArray() {
    if (depth_ == 0) return false;
    if (depth_ == 1 && field_ != JournalField::none) {
      array_ = field_;
      begin_ = bytes_.size();
    }
    field_ = JournalField::none;
    ++depth_;
    return true;
  }
  bool EndArray(rapidjson::SizeType) {
    if (depth_ == 2 && array_ != JournalField::none) {
      put(array_, std::string_view(bytes_).substr(begin_), entry_);
      array_ = JournalField::none;
    }
    return leave();
  }

  bool Key(const char* text, rapidjson::SizeType size, bool) {
    field_ = JournalField::none;
    if (depth_ != 1) return true;
    field_ = field_named({text, size});
    if (field_ == JournalField::none) return true;
    bool& seen = seen_[static_cast<std::size_t>(field_)];
    return !std::exchange(seen, true);
  }

  bool String(const char* text, rapidjson::SizeType size, bool) {
    if (depth_ == 2 && array_ != JournalField::none) return false;
    put(field_, {text, size}, entry_);
    return Default();
  }
  bool Uint(unsigned number) { return Uint64(number); }
  bool Uint64(std::uint64_t number) {
    if (depth_ == 2 && array_ != JournalField::none) {
      if (number > 0xff) return false;
      bytes_ += static_cast<char>(number);
      return true;
    }
    switch (field_) {
      case JournalField::realtime:
        entry_.at =
            number < static_cast<std::uint64_t>(seconds_of_year_10000 * second) ? static_cast<Micros>(number) : no_time;
        break;
      case JournalField::user:
        entry_.uid = number < no_id ? static_cast<std::uint32_t>(number) : no_id;
        break;
      default:
        break;
    }
    return Default();
  }

 private:
  bool leave() {
    --depth_;
    return true;
  }

  Envelope& entry_;
  std::string& bytes_;  // has room for all: views of it are kept
  std::array<bool, field_count> seen_{};
  JournalField field_ = JournalField::none;
  JournalField array_ = JournalField::none;  // whose bytes these are
  std::size_t begin_ = 0;
  std::size_t depth_ = 0;
};

// The files that may be a resolver, by the name that it logs under.
std::span<const std::string_view> files_of(std::string_view program) {
  static constexpr std::string_view dnsmasq[] = {"dnsmasq", "pihole-FTL"};
  static constexpr std::string_view unbound[] = {"unbound"};
  static constexpr std::string_view named[] = {"named"};
  static constexpr std::string_view resolved[] = {"systemd-resolved", "systemd-resolve", "resolvectl"};
  if (program == "dnsmasq") return dnsmasq;
  if (program == "unbound") return unbound;
  if (program == "named") return named;
  if (program == "systemd-resolved") return resolved;
  return {};
}

// Directories that nobody but root can write.
bool is_of_the_system(std::string_view path) {
  static constexpr std::string_view roots[] = {"/usr/", "/sbin/", "/bin/",       "/lib/",      "/lib64/",
                                               "/opt/", "/snap/", "/nix/store/", "/gnu/store/"};
  return path.find("/../") == path.npos &&
         std::any_of(std::begin(roots), std::end(roots), [&](std::string_view root) { return path.starts_with(root); });
}

// Of useradd(8)'s ordinary users, and of the ranges for their user namespaces (subuid(5)).
bool is_login(std::uint32_t uid) { return (uid >= 1000 && uid <= 60000) || (uid >= 100000 && uid != no_id); }

// Any process may send a CONTAINER_NAME.
bool is_of_containers(const Envelope& entry) {
  static constexpr std::string_view names[] = {"dockerd", "podman", "conmon"};
  const auto is_one = [](std::string_view name) {
    return std::find(std::begin(names), std::end(names), name) != std::end(names);
  };
  const std::string_view path = entry.executable;
  return is_one(entry.command) && !is_login(entry.uid) &&
         (path.empty() || (is_of_the_system(path) && is_one(path.substr(path.rfind('/') + 1))));
}

}  // namespace

bool Envelope::is_other_name(std::string_view name) const {
  const auto files = files_of(name);
  return std::find(files.begin(), files.end(), command) != files.end();
}

std::string_view Envelope::refusal(std::string_view name) const {
  std::string_view path = executable;
  if (path.ends_with(" (deleted)")) path.remove_suffix(10);  // replaced while it runs
  const auto files = files_of(name);
  if (!path.empty() && !files.empty()) {
    const std::string_view file = path.substr(path.rfind('/') + 1);
    if (std::find(files.begin(), files.end(), file) == files.end())
      return "an entry that another program wrote under the resolver's name";
    if (!is_of_the_system(path)) return "an entry of a resolver outside of the system's directories";
  }
  if (!files.empty() && is_login(uid)) return "an entry that a login user wrote under the resolver's name";
  return {};
}

std::optional<Envelope> JournalReader::read(std::string_view line) {
  Envelope entry;
  bytes_.clear();
  bytes_.reserve(line.size() / 2);
  EntryHandler handler(entry, bytes_);
  if (!read_json(line, buffer_, handler)) return std::nullopt;
  if (!is_of_containers(entry)) entry.container = {};
  return entry;
}

}  // namespace egressc::sources
