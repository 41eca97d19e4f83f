#include "sources/dns/resolver.h"
#include "sources/envelope/text.h"

namespace egressc::sources {
namespace {

constexpr std::size_t longest_name = 1024;
constexpr std::size_t most_parts = 4096;  // more records than a message of 64 KiB has: a header is missing

// The next word; where rsyslog wrote the line, a tab is "#011".
std::string_view take_field(std::string_view& text) {
  static constexpr std::string_view tab = "#011";
  while (take(text, tab) || take(text, " ") || take(text, "\t")) {}
  const std::size_t stop = std::min({text.find_first_of(" \t"), text.find(tab), text.size()});
  const std::string_view word = text.substr(0, stop);
  text.remove_prefix(stop);
  return word;
}

}  // namespace

unsigned families_of(std::string_view type) { return type == "A" ? 1U : type == "AAAA" ? 2U : 0U; }

std::string_view without_root(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  return name;
}

bool may_be_dns_text(std::string_view line) {
  return line.starts_with(';') || line.starts_with(' ') || line.find('\t') != line.npos;
}

bool DnsText::begin(std::string_view line) {
  if (line.find(";; ->>HEADER<<- ") == line.npos) return false;
  section_ = Section::head;
  owner_.clear();
  return true;
}

DnsTextLine DnsText::read(std::string_view line) {
  DnsTextLine result;
  if (begin(line)) result.kind = DnsTextKind::part;
  if (!inside() || result.kind == DnsTextKind::part) return result;
  result.kind = DnsTextKind::part;
  std::string_view text = line;
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));  // journalctl indents what goes on
  if (text.starts_with(";;")) {
    if (text.ends_with(" SECTION:"))
      section_ = text == ";; QUESTION SECTION:" ? Section::question
                 : text == ";; ANSWER SECTION:" ? Section::answer
                                                : Section::rest;
    return result;
  }
  if (section_ != Section::question && section_ != Section::answer) return result;
  if (line.starts_with(';')) text = line.substr(1);
  const bool owned = !text.empty() && text[0] != ' ' && text[0] != '\t' && !text.starts_with("#011");
  return record(text, owned);
}

DnsTextLine DnsText::record(std::string_view text, bool owned) {
  DnsTextLine result;
  result.kind = DnsTextKind::part;
  if (owned) {
    const std::string_view owner = take_field(text);
    if (owner.size() > longest_name) {
      owner_.clear();
      return result;
    }
    owner_.assign(without_root(owner));
  }
  result.name = owner_;
  std::string_view word = take_field(text);
  if (section_ == Section::question) {
    if (word == "IN" && families_of(take_field(text)) != 0) result.kind = DnsTextKind::question;
    return result;
  }
  if (!read_number(word, result.ttl) || owner_.empty()) return result;
  if (take_field(text) != "IN") return result;
  const std::string_view type = take_field(text);
  word = take_field(text);
  if (type == "CNAME" && !word.empty() && word.size() <= longest_name) {
    result.kind = DnsTextKind::alias;
    result.target = without_root(word);
  } else if (families_of(type) != 0) {
    const auto address = addresses_.parse(word);
    if (!address) return result;
    result.kind = DnsTextKind::address;
    result.address = *address;
  }
  return result;
}

bool UpstreamMessages::read(std::string_view logged, Micros at) {
  static constexpr std::string_view escaped_end = "#012";
  text_.end();
  if (logged.find(";; ->>HEADER<<- ") == logged.npos) return false;
  while (!logged.empty()) {
    const std::size_t stop = std::min({logged.find('\n'), logged.find(escaped_end), logged.size()});
    read_line(logged.substr(0, stop), at);
    logged.remove_prefix(stop);
    logged.remove_prefix(std::min(logged.starts_with('\n') ? 1 : escaped_end.size(), logged.size()));
  }
  return true;
}

bool UpstreamMessages::read_line(std::string_view line, Micros at) {
  const DnsTextLine read = text_.read(line);
  if (read.kind == DnsTextKind::none) return false;
  if (text_.begins()) accept();
  if (read.kind == DnsTextKind::part || held_ == most_parts) return true;
  if (held_ == parts_.size()) parts_.emplace_back();
  Part& part = parts_[held_++];
  part.kind = read.kind;
  part.name.assign(read.name);
  part.target.assign(read.target);
  part.ttl = read.ttl;
  part.address = read.address;
  part.at = at;
  return true;
}

void UpstreamMessages::accept() {
  if (held_ == 0) return;
  answers_.begin_message();
  for (std::size_t i = 0; i < held_; ++i) {
    const Part& part = parts_[i];
    if (part.kind == DnsTextKind::question)
      answers_.question(part.name, part.at);
    else if (part.kind == DnsTextKind::alias)
      answers_.alias(part.name, part.target, part.ttl, part.at);
    else
      answers_.address(part.name, part.address, part.ttl, part.at);
  }
  held_ = 0;
}

}  // namespace egressc::sources
