#include "sources/questions.h"

#include <limits>

#include "egressc/name.h"

namespace egressc {

StringId AskedNames::intern(std::string_view name) {
  StringId& known = known_[std::hash<std::string_view>{}(name) % known_.size()];
  if (known != 0 && strings_[known] == name) return known;
  const auto parsed = DomainName::parse(name);
  if (!parsed) return 0;
  known = strings_.intern(parsed->spelling());
  return known;
}

StringId AskedNames::intern_lower(std::string_view name) {
  lower_.assign(name);
  for (char& c : lower_)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  return intern(lower_);
}

std::uint16_t PortTurns::next(const Address& client, std::uint16_t port, Micros at) {
  if (port == 0 || at == no_time) return 0;
  Turns* turns = ports_.find({client, port});
  if (turns == nullptr) turns = &ports_.insert({client, port}, {});
  if (turns->begun != at / second) *turns = {at / second, 0};
  const std::uint16_t turn = turns->count;
  if (turns->count != std::numeric_limits<std::uint16_t>::max()) ++turns->count;
  return turn;
}

void NumberedQuestions::ask(std::uint32_t serial, const Question& question) {
  const Key key{question.client, serial, question.client_port};
  if (Question* known = questions_.find(key))
    *known = question;
  else
    questions_.insert(key, question);
}

const Question* NumberedQuestions::find(std::uint32_t serial, const Address& client, std::uint16_t client_port) {
  return questions_.find({client, serial, client_port});
}

void NamedQuestions::ask(std::string_view name, const Question& question) {
  interrupt();
  const Key key{names_.intern_lower(name)};
  if (key.name == 0) return;
  if (Question* known = questions_.find(key))
    *known = question;
  else
    questions_.insert(key, question);
}

const Question& NamedQuestions::answer(std::string_view owner, bool is_alias) {
  if (!after_alias_ && owner != owner_) {
    const StringId name = names_.intern_lower(owner);
    const Question* known = name == 0 ? nullptr : questions_.find({name});
    chain_ = known != nullptr ? *known : Question{names_.intern(owner), {}, 0};
  }
  owner_.assign(owner);
  after_alias_ = is_alias;
  return chain_;
}

void NamedQuestions::interrupt() {
  after_alias_ = false;
  owner_.clear();
}

}  // namespace egressc
