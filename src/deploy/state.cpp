#include "deploy/state.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "egressc/diagnostics.h"
#include "support/descriptor.h"
#include "support/input.h"
#include "support/output.h"

namespace egressc {
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
  const Descriptor directory(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory || ::fsync(directory.get()) != 0) return system_failure(path_, errno);
  return Done{};
}

void State::note_undone(Micros time) const { (void)write_file_atomically(path_ + "/undone", to_string_utc(time)); }

std::optional<Micros> State::undone_at() const {
  const auto text = read_text(path_ + "/undone", 64);
  return text ? parse_iso_time(*text) : std::nullopt;
}

void State::forget() const {
  for (const char* name : {"next", "before", "current", "previous", "undone", "guardian", "lock", "refresh"})
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
  for (const char* name : {"next", "before"}) ::unlink(fmt::format("{}/{}", path_, name).c_str());
}

}  // namespace egressc
