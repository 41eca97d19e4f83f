#include "support/passwd.h"

#include <fmt/core.h>

#include <optional>

#include "egressc/address.h"
#include "model/words/text.h"
#include "support/input.h"

namespace egressc {
namespace {

constexpr std::size_t max_file = std::size_t{64} << 20;

std::optional<std::uint32_t> parse_id(std::string_view text) {
  const auto id = parse_number<std::uint32_t>(text);
  return id == no_id ? std::nullopt : id;
}

class Reader {
 public:
  Reader(const std::string& file, Diagnostics& diagnostics) : file_(file), diagnostics_(diagnostics) {}

  void line(std::string_view text) {
    ++number_;
    if (text.ends_with('\r')) text.remove_suffix(1);
    if (text.empty() || text.starts_with('#')) return;
    // nss_compat(5): such an entry refers to NIS, and holds no id.
    if (text.starts_with('+') || text.starts_with('-')) return;
    const std::size_t name_end = text.find(':');
    const std::size_t id_begin = name_end == text.npos ? text.npos : text.find(':', name_end + 1);
    const std::size_t id_end = id_begin == text.npos ? text.npos : text.find(':', id_begin + 1);
    if (id_end == text.npos)
      return error(text, 0, "not a line of passwd(5) or group(5)", "such a line is name:password:id:...");
    const std::string_view name = text.substr(0, name_end);
    if (name.empty()) return error(text, 1, "the name is empty");
    const auto id = parse_id(text.substr(id_begin + 1, id_end - id_begin - 1));
    if (!id) return error(text, id_begin + 2, "the third field is no number from 0 to 4294967294");
    const auto [place, is_new] = ids_.try_emplace(std::string(name), *id);
    if (!is_new && place->second != *id)
      error(text, id_begin + 2, fmt::format("\"{}\" was {} before", name, place->second), "keep one of the two lines");
  }

  NameIds take() { return std::move(ids_); }

 private:
  void error(std::string_view text, std::size_t column, std::string message, std::string hint = {}) {
    diagnostics_.error({file_, number_, static_cast<std::uint32_t>(column)}, std::move(message), std::move(hint),
                       std::string(text));
  }

  const std::string& file_;
  Diagnostics& diagnostics_;
  NameIds ids_;
  std::uint32_t number_ = 0;
};

}  // namespace

NameIds parse_name_ids(std::string_view text, const std::string& file, Diagnostics& diagnostics) {
  Reader reader(file, diagnostics);
  while (!text.empty()) reader.line(take_line(text));
  return reader.take();
}

Result<NameIds> read_name_ids(const std::string& path, Diagnostics& diagnostics) {
  auto input = LineInput::open(path, FileKind::regular);
  if (!input) return input.failure();
  const auto text = input->rest(max_file);
  if (!text) return text.failure();
  return parse_name_ids(*text, path, diagnostics);
}

}  // namespace egressc
