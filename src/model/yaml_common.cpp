// The YAML that policies are made of, line by line: block maps and lists two columns apart, flow lists and maps that
// end on their line, plain and simply quoted scalars, comments. yaml-cpp takes a second for 100,000 grants, this less
// than a tenth of it.
#include <algorithm>
#include <array>

#include "model/document.h"

namespace egressc {
namespace {

constexpr bool is_alnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

// Characters that mean nothing to YAML wherever they stand in a plain scalar.
constexpr std::array<bool, 256> plain = [] {
  std::array<bool, 256> table{};
  for (unsigned c = 0; c < 256; ++c) table[c] = is_alnum(static_cast<char>(c)) || c == '.' || c == '/' || c == '-';
  for (const char c : {'+', '=', '@', '(', ')', ';', '\'', '~'}) table[static_cast<unsigned char>(c)] = true;
  return table;
}();
bool is_plain(char c) { return plain[static_cast<unsigned char>(c)]; }

constexpr std::size_t longest_key = 128;  // of YAML's 1024

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) { tree_.reserve_for(text); }

  std::optional<Tree> read() {
    while (at_ < text_.size())
      if (!line()) return std::nullopt;
    if (blocks_.empty() || value_pending_) return std::nullopt;
    while (tree_.depth() != 0) tree_.close();
    return std::move(tree_);
  }

 private:
  struct Block {
    std::size_t indent;
    NodeKind kind;
  };

  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\n'; }
  Mark mark() const { return {line_, static_cast<std::uint32_t>(at_ - line_start_ + 1)}; }
  void skip_blanks() {
    while (peek() == ' ') ++at_;
  }

  // Blanks, a comment, and the end of the line.
  bool end_line() {
    const std::size_t start = at_;
    skip_blanks();
    const bool comment = peek() == '#' && (at_ == line_start_ || at_ > start);
    if (comment) at_ = std::min(text_.find('\n', at_), text_.size());
    if (peek() != '\n') return false;
    ++at_;
    ++line_;
    line_start_ = at_;
    return true;
  }

  bool line() {
    if (end_line()) return true;
    std::size_t indent = at_ - line_start_;
    const bool item = peek() == '-' && peek(1) == ' ';
    if (!enter(indent, item ? NodeKind::list : NodeKind::map)) return false;
    if (!item) return entry();
    at_ += 2;
    if (key_size() == 0) return value();
    indent += 2;
    return open(indent, NodeKind::map) && entry();
  }

  // Closes and opens blocks until the innermost is of `kind` and begins at `indent`.
  bool enter(std::size_t indent, NodeKind kind) {
    if (blocks_.empty()) return indent == 0 && kind == NodeKind::map && open(indent, kind);
    if (value_pending_) return indent > blocks_.back().indent && open(indent, kind);
    while (blocks_.size() > 1 && blocks_.back().indent > indent) {
      tree_.close();
      blocks_.pop_back();
    }
    return blocks_.back().indent == indent && blocks_.back().kind == kind;
  }

  bool open(std::size_t indent, NodeKind kind) {
    if (kind == NodeKind::map)
      tree_.open_map(Layout::block, mark());
    else
      tree_.open_list(Layout::block, mark());
    blocks_.push_back({indent, kind});
    value_pending_ = false;
    return within_limits();
  }

  bool within_limits() const { return tree_.depth() <= most_document_depth && tree_.size() < most_document_nodes; }

  // The size of the key that begins here, or 0.
  std::size_t key_size() const {
    std::size_t size = 0;
    if (!is_alnum(peek())) return 0;
    while (is_alnum(peek(size)) || peek(size) == '-' || peek(size) == '.') ++size;
    return peek(size) == ':' && (peek(size + 1) == ' ' || peek(size + 1) == '\n') && size <= longest_key ? size : 0;
  }

  bool key() {
    const std::size_t size = key_size();
    if (size == 0 || !scalar(text_.substr(at_, size))) return false;
    at_ += size + 1;
    return true;
  }

  bool entry() {
    if (!key()) return false;
    const std::size_t start = at_;
    if (end_line()) {
      value_pending_ = true;
      return true;
    }
    at_ = start;
    skip_blanks();
    return value();
  }

  bool value() { return (peek() == '[' || peek() == '{' ? flow() : one(false)) && end_line(); }

  bool flow() {
    const bool map = peek() == '{';
    const char close = map ? '}' : ']';
    if (map)
      tree_.open_map(Layout::flow, mark());
    else
      tree_.open_list(Layout::flow, mark());
    if (!within_limits()) return false;
    ++at_;
    skip_blanks();
    for (bool first = true; peek() != close; first = false) {
      if (!first) {
        if (peek() != ',') return false;
        ++at_;
        skip_blanks();
      }
      if (map) {
        if (!key()) return false;
        skip_blanks();
      }
      if (!(peek() == '[' || peek() == '{' ? flow() : one(true))) return false;
      skip_blanks();
    }
    ++at_;
    tree_.close();
    return true;
  }

  // A scalar that ends on its line.
  bool one(bool in_flow) {
    if (peek() == '"') {
      const std::size_t end = text_.find_first_of("\"\\\n\t\r", at_ + 1);
      if (end == text_.npos || text_[end] != '"') return false;
      if (!quoted(text_.substr(at_ + 1, end - at_ - 1))) return false;
      at_ = end + 1;
      return true;
    }
    if (!is_alnum(peek()) && peek() != '/') return false;
    std::size_t size = 1;
    for (;; ++size) {
      const char c = peek(size);
      if (is_plain(c) || (c == ',' && !in_flow)) continue;
      const char following = peek(size + 1);
      if ((c == ':' || c == ' ') && (is_plain(following) || (c == ':' && following == ':'))) continue;
      break;
    }
    const char after = peek(size);
    if (after != '\n' && after != ' ' && !(in_flow && (after == ',' || after == ']' || after == '}'))) return false;
    if (!scalar(text_.substr(at_, size))) return false;
    at_ += size;
    return true;
  }

  bool scalar(std::string_view text) { return text != "null" && text != "Null" && text != "NULL" && quoted(text); }

  bool quoted(std::string_view text) {
    tree_.add_scalar(text, Form::text, mark());
    return tree_.size() < most_document_nodes;
  }

  std::string_view text_;
  Tree tree_;
  std::vector<Block> blocks_;
  bool value_pending_ = false;  // the last line ended with a key
  std::size_t at_ = 0;
  std::size_t line_start_ = 0;
  std::uint32_t line_ = 1;
};

}  // namespace

std::optional<Tree> read_common_yaml(std::string_view text) { return Reader(text).read(); }

}  // namespace egressc
