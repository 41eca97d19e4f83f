// A text on disk that is about to take the place of a file.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "egressc/diagnostics.h"

namespace egressc {

class StagedFile {
 public:
  // Writes `text` to a temporary beside `path`, and to the disk. `path` may name a regular file, a symbolic link to
  // one, or nothing.
  static Result<StagedFile> stage(const std::string& path, std::string_view text);

  // Puts it in its place.
  Result<std::monostate> commit();

  StagedFile(StagedFile&& other) noexcept
      : target_(std::move(other.target_)), temporary_(std::exchange(other.temporary_, {})) {}
  StagedFile& operator=(StagedFile&&) = delete;
  StagedFile(const StagedFile&) = delete;
  StagedFile& operator=(const StagedFile&) = delete;
  ~StagedFile();  // removes what was not committed

 private:
  StagedFile(std::string target, std::string temporary)
      : target_(std::move(target)), temporary_(std::move(temporary)) {}

  std::string target_;
  std::string temporary_;
};

// Removes the temporaries that killed processes have left in a directory. Nobody may be staging a file there.
void remove_staged_files(const std::string& directory);

}  // namespace egressc
