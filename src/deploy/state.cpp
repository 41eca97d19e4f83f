#include "deploy/state.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "egressc/diagnostics.h"
#include "support/descriptor.h"
#include "support/input.h"
#include "support/output.h"

namespace egressc::deploy {
namespace {

constexpr std::string_view first_line = "egressc record 1";
constexpr std::array<std::string_view, 3> kinds = {"policy", "ruleset", "nothing"};
constexpr std::size_t digits_shown = 12;

bool take(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

// The value of "NAME: value\n".
std::optional<std::string_view> take_field(std::string_view& text, std::string_view name) {
  if (!take(text, name) || !take(text, ": ")) return std::nullopt;
  const std::size_t end = text.find('\n');
  if (end == text.npos) return std::nullopt;
  const std::string_view value = text.substr(0, end);
  text.remove_prefix(end + 1);
  return value;
}

// A field is one line.
std::string one_line(std::string_view text) { return printable(text, text.size()); }

}  // namespace

std::string hash_in(std::string_view comment) {
  constexpr std::string_view word = " policy sha256 ";
  const std::size_t place = comment.find(word);
  if (!comment.starts_with("egressc ") || place == comment.npos) return {};
  const std::string_view hash = comment.substr(place + word.size());
  const bool is_hash = hash.size() == 64 && hash.find_first_not_of("0123456789abcdef") == hash.npos;
  return is_hash ? fmt::format("sha256:{}", hash) : std::string();
}

std::string version_in(std::string_view comment) {
  if (hash_in(comment).empty()) return {};
  const std::size_t begin = comment.find(' ') + 1;
  return std::string(comment.substr(begin, comment.find(' ', begin) - begin));
}

std::string write_record(const StateRecord& record) {
  return fmt::format("{}\nkind: {}\ntime: {}\ntable: {}\nfile: {}\n\n{}", first_line,
                     kinds[static_cast<std::size_t>(record.kind)],
                     record.time == no_time ? "unknown" : to_string_utc(record.time), one_line(record.comment),
                     one_line(record.file), record.body);
}

std::optional<StateRecord> read_record(std::string_view text) {
  if (!take(text, first_line) || !take(text, "\n")) return std::nullopt;
  const auto kind = take_field(text, "kind");
  const auto time = kind ? take_field(text, "time") : std::nullopt;
  const auto comment = time ? take_field(text, "table") : std::nullopt;
  const auto file = comment ? take_field(text, "file") : std::nullopt;
  if (!file || !take(text, "\n")) return std::nullopt;
  StateRecord record{RecordKind::nothing, no_time, std::string(*comment), std::string(*file), std::string(text)};
  std::size_t number = 0;
  while (number < kinds.size() && kinds[number] != *kind) ++number;
  if (number == kinds.size()) return std::nullopt;
  record.kind = static_cast<RecordKind>(number);
  if (*time == "unknown") return record;
  const auto parsed = parse_iso_time(*time);
  if (!parsed) return std::nullopt;
  record.time = *parsed;
  return record;
}

std::string describe(const StateRecord& record) {
  const std::string when = record.time == no_time ? "" : ", applied " + to_string_utc(record.time);
  if (record.kind == RecordKind::nothing)
    return record.time == no_time ? "no table" : fmt::format("no table, removed {}", to_string_utc(record.time));
  if (record.kind == RecordKind::ruleset) return "a table that egressc did not apply";
  const std::string hash = hash_in(record.comment);
  constexpr std::size_t prefix = std::string_view("sha256:").size();
  return fmt::format("{} ({}{})", record.file.empty() ? "a policy" : printable(record.file, 4096),
                     hash.substr(0, prefix + digits_shown), when);
}

namespace {

constexpr std::size_t largest_record = std::size_t{1} << 30;

Result<Done> make_private(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return system_failure(path, errno);
  struct stat status;
  if (::lstat(path.c_str(), &status) != 0) return system_failure(path, errno);
  if (!S_ISDIR(status.st_mode)) return system_failure(path, ENOTDIR);
  // What is in it becomes a firewall.
  if (status.st_uid != ::geteuid() || (status.st_mode & 077) != 0)
    return Failure{
        fmt::format("{}: others could read or write it: chown it to yourself, and chmod 0700", printable(path, 4096))};
  return Done{};
}

bool matches(const std::optional<StateRecord>& record, const OwnTable& table) {
  return record && is_record_of(*record, table);
}

}  // namespace

bool runs_nothing(const OwnTable& table) { return !table.present || table.comment == warm_up_comment; }

bool is_record_of(const StateRecord& record, const OwnTable& table) {
  if (record.kind == RecordKind::nothing) return runs_nothing(table);
  return table.present && record.comment == table.comment;
}

Result<Done> State::make() const {
  if (const auto made = make_private(root_); !made) return made;
  return make_private(path_);
}

Result<std::optional<StateRecord>> State::read(const char* name) const {
  const std::string path = fmt::format("{}/{}", path_, name);
  if (::access(path.c_str(), F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR)) return std::optional<StateRecord>();
  const auto text = read_text(path, largest_record);
  if (!text) return text.failure();
  auto record = read_record(*text);
  if (!record) return Failure{fmt::format("{}: not a record of egressc: move it away", printable(path, 4096))};
  return record;
}

Result<std::optional<StateRecord>> State::running(const OwnTable& table) const {
  for (const char* name : {"next", "current"}) {
    auto record = read(name);
    if (!record || matches(*record, table)) return record;
  }
  return std::optional<StateRecord>();
}

Result<std::optional<StateRecord>> State::previous(const OwnTable& table) const {
  const auto next = read("next");
  if (!next) return next;
  // promote() may have got halfway.
  if (matches(*next, table))
    if (auto before = read("before"); !before || *before) return before;
  return read("previous");
}

Result<Done> State::stage(const StateRecord& next, const StateRecord& before) const {
  ::unlink((path_ + "/undone").c_str());
  for (const auto& [name, record] : {std::pair("next", &next), std::pair("before", &before)}) {
    const auto written = write_file_atomically(fmt::format("{}/{}", path_, name), write_record(*record));
    if (!written) {
      discard();
      return written;
    }
  }
  return Done{};
}

Result<Done> State::promote() const {
  for (const auto& [from, to] : {std::pair("before", "previous"), std::pair("next", "current")}) {
    const std::string source = fmt::format("{}/{}", path_, from);
    const bool may_be_done = from == std::string_view("before");  // by a promote() that was cut off
    if (::rename(source.c_str(), fmt::format("{}/{}", path_, to).c_str()) != 0 && !(may_be_done && errno == ENOENT))
      return system_failure(source, errno);
  }
  ::unlink((path_ + "/unconfirmed").c_str());
  const Descriptor directory(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory || ::fsync(directory.get()) != 0) return system_failure(path_, errno);
  return Done{};
}

Result<Done> State::await_confirmation() const { return write_file_atomically(path_ + "/unconfirmed", ""); }

bool State::awaits_confirmation(const OwnTable& table) const {
  if (::access((path_ + "/unconfirmed").c_str(), F_OK) != 0) return false;
  const auto next = read("next");
  return next && matches(*next, table);
}

void State::note_undone(Micros time) const { (void)write_file_atomically(path_ + "/undone", to_string_utc(time)); }

std::optional<Micros> State::undone_at() const {
  const auto text = read_text(path_ + "/undone", 64);
  return text ? parse_iso_time(*text) : std::nullopt;
}

void State::forget() const {
  for (const char* name :
       {"next", "before", "current", "previous", "undone", "unconfirmed", "guardian", "lock", "refresh"})
    ::unlink(fmt::format("{}/{}", path_, name).c_str());
  ::rmdir(path_.c_str());
}

Result<Done> State::recover(const OwnTable& table) const {
  remove_staged_files(path_);
  const auto next = read("next");
  if (!next) return next.failure();
  if (matches(*next, table)) return promote();
  discard();
  return Done{};
}

void State::discard() const {
  for (const char* name : {"next", "before", "unconfirmed"}) ::unlink(fmt::format("{}/{}", path_, name).c_str());
}

}  // namespace egressc::deploy
