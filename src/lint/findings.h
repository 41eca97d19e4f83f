// Findings in the making.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lint/lint.h"

namespace egressc {

// Grants of one kind that are told of together.
class Tally {
 public:
  // `name` stands for it in the message, if it is among the first.
  void add(const Location& where, const std::string& name);
  std::uint64_t count() const { return count_; }
  const Location& first() const { return first_; }
  // "a, b, c and 17 more"
  std::string names() const;

 private:
  std::uint64_t count_ = 0;
  Location first_;
  std::vector<std::string> names_;
};

class Findings {
 public:
  explicit Findings(std::string file) : file_(std::move(file)) {}

  // With the rule's severity; `subject` is nullptr for what concerns the policy as a whole. The reference is good until
  // the next call.
  Finding& add(std::string_view rule, const Location& where, const Subject* subject, std::string message,
               std::string remedy);
  // The same for the policy as a whole.
  Finding& add(std::string_view rule, std::string message, std::string remedy);
  // One finding for all of a tally; none for an empty one. ": names" is put behind the message.
  void add(std::string_view rule, const Tally& tally, const Subject* subject, std::string message, std::string remedy);

  std::vector<Finding> take();

 private:
  std::string file_;
  std::vector<Finding> all_;
};

// "1 grant", "3 grants".
std::string counted(std::uint64_t count, std::string_view noun);

}  // namespace egressc
