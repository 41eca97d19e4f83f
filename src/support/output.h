// Text to files and to standard output: whole, or not at all.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "egressc/diagnostics.h"

namespace egressc {

// What a Result holds where there is nothing to say but that it worked.
using Done = std::monostate;

// To a temporary file beside `path`, which then takes its place and, as far as allowed, its owner and mode; a symbolic
// link stays, and what it names is replaced. On a Failure the old file is as it was. What is no regular file (a pipe, a
// device, /dev/stdout) is written to as it is.
Result<Done> write_file_atomically(const std::string& path, std::string_view text);

struct OutputFile {
  std::string name;  // in the directory
  std::string_view text;
};

// Each file as above, and none of them takes its place before all are written. The directory is made if it is missing.
Result<Done> write_directory(const std::string& directory, std::span<const OutputFile> files);

Result<Done> write_stdout(std::string_view text);
Result<Done> write_stderr(std::string_view text);

}  // namespace egressc
