#include "readers/nft_json_text.h"

#include <fmt/core.h>

#include <algorithm>

#include "egressc/diagnostics.h"

namespace egressc::readers {
namespace {

constexpr int deepest = 8;

void add_at(ShortText& text, const Json& expression, int depth);

bool is_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_-./:@*+").find(c) != std::string_view::npos;
  });
}

void add_string(ShortText& text, std::string_view string) {
  text.add(is_word(string) ? std::string(string) : fmt::format("\"{}\"", printable(string, 60)));
}

void add_joined(ShortText& text, const Json& list, std::string_view between, int depth) {
  if (!list.IsArray()) return add_at(text, list, depth);
  bool is_first = true;
  for (const Json& item : list.GetArray()) {
    if (text.is_full()) return;
    if (!is_first) text.add(between);
    is_first = false;
    add_at(text, item, depth);
  }
}

void add_payload(ShortText& text, const Json& payload) {
  const std::string_view header = text_of(member(payload, "protocol"));
  if (header.empty()) return text.add("@raw");
  text.add(header);
  text.add(" ");
  text.add(text_of(member(payload, "field")));
}

void add_named(ShortText& text, const NamedJson& named, int depth) {
  const auto& [name, value] = named;
  const auto part = [value = value](std::string_view key) { return text_of(member(*value, key)); };
  if (name == "payload") return add_payload(text, *value);
  if (name == "prefix") {
    const Json* const length = member(*value, "len");
    text.add(part("addr"));
    text.add(length != nullptr && length->IsUint() ? fmt::format("/{}", length->GetUint()) : "/?");
  } else if (name == "range") {
    add_joined(text, *value, "-", depth);
  } else if (name == "concat") {
    add_joined(text, *value, " . ", depth);
  } else if (name == "set") {
    text.add("{ ");
    add_joined(text, *value, ", ", depth);
    text.add(" }");
  } else if (name == "elem") {
    if (const Json* const inner = member(*value, "val")) add_at(text, *inner, depth);
  } else if (name == "&" || name == "|" || name == "^" || name == "<<" || name == ">>") {
    add_joined(text, *value, fmt::format(" {} ", name), depth);
  } else {
    text.add(name);
    if (const std::string_view direction = part("dir"); !direction.empty()) text.add(fmt::format(" {}", direction));
    if (const std::string_view key = part("key"); !key.empty()) text.add(fmt::format(" {}", key));
  }
}

void add_at(ShortText& text, const Json& expression, int depth) {
  if (text.is_full()) return;
  const auto named = only_member(expression);
  if (depth == deepest)
    text.add("...");
  else if (expression.IsString())
    add_string(text, text_of(expression));
  else if (expression.IsUint64())
    text.add(std::to_string(expression.GetUint64()));
  else if (expression.IsArray())
    add_joined(text, expression, ",", depth + 1);
  else if (named)
    add_named(text, *named, depth + 1);
  else
    text.add("?");
}

void add_match(ShortText& text, const Json& match) {
  const std::string_view op = text_of(member(match, "op"));
  if (const Json* const left = member(match, "left")) add_expression(text, *left);
  if (op != "==" && op != "in") text.add_word(op);
  text.add(" ");
  if (const Json* const right = member(match, "right")) add_expression(text, *right);
}

}  // namespace

void ShortText::add(std::string_view text) {
  if (!is_full()) text_ += printable(text, limit_);
}

void ShortText::add_word(std::string_view word) {
  if (!text_.empty()) add(" ");
  add(word);
}

std::string ShortText::take() {
  if (is_full()) text_.replace(limit_ - 3, text_.npos, "...");
  return std::move(text_);
}

void add_expression(ShortText& text, const Json& expression) { add_at(text, expression, 0); }

void add_statement(ShortText& text, const Json& statement) {
  const auto named = only_member(statement);
  if (text.is_full() || !named) return;
  text.add_word("");
  const auto& [name, value] = *named;
  if (name == "match") return add_match(text, *value);
  text.add(name);
  for (const std::string_view key : {"target", "type", "name", "op"})
    if (const std::string_view part = text_of(member(*value, key)); !part.empty()) text.add_word(part);
  if (value->IsString()) text.add_word(text_of(*value));
}

}  // namespace egressc::readers
