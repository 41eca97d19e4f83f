// Text to files and to standard output: whole, or not at all.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "egressc/diagnostics.h"
#include "support/descriptor.h"

namespace egressc {

// To a temporary file beside `path`, which then takes its place and, as far as allowed, its owner and mode; a symbolic
// link stays, and what it names is replaced, but no link is followed from a directory that another user can write, and
// no file of another user's in one is written to. On a Failure the old file is as it was. What is no regular file (a
// pipe, a device, /dev/stdout) is written to as it is.
Result<Done> write_file_atomically(const std::string& path, std::string_view text);

struct OutputFile {
  std::string name;  // in the directory
  std::string_view text;
};

// Each file as above, and none of them takes its place before all are written. The directory is made if it is missing.
Result<Done> write_directory(const std::string& directory, std::span<const OutputFile> files);

Result<Done> write_stdout(std::string_view text);
Result<Done> write_stderr(std::string_view text);

// A text on disk that is about to take the place of a file.
class StagedFile {
 public:
  // Writes `text` to a temporary beside `path`, and to the disk. `path` may name a regular file, a symbolic link to
  // one, or nothing.
  static Result<StagedFile> stage(const std::string& path, std::string_view text);

  // Puts it in its place.
  Result<Done> commit();

  StagedFile(StagedFile&&) noexcept;
  StagedFile& operator=(StagedFile&&) = delete;
  StagedFile(const StagedFile&) = delete;
  StagedFile& operator=(const StagedFile&) = delete;
  ~StagedFile();  // removes what was not committed

 private:
  struct Target;
  explicit StagedFile(std::unique_ptr<Target> target);

  std::unique_ptr<Target> target_;
};

// Removes the temporaries that killed processes have left in a directory. Nobody may be staging a file there.
void remove_staged_files(const std::string& directory);

}  // namespace egressc
