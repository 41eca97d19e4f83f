// Entries of `journalctl -o export`: a field a line, an empty line behind each entry.
#pragma once

#include <string>
#include <string_view>

#include "sources/journal.h"

namespace egressc {

// An entry is known as one by its first line. Fields that are not text have a form of their own there, and are left
// out.
class JournalExport {
 public:
  // Whether the line belongs to an entry. The one before is then handed to `on_entry`, if it is over.
  template <class F>
  bool read(std::string_view line, F on_entry) {
    if (line.starts_with(first_field)) {
      finish(on_entry);
      open_ = true;
      return true;
    }
    if (open_) field(line);
    return open_;
  }
  template <class F>
  void finish(F on_entry) {
    if (open_) on_entry(JournalEntry{at_, transport_, command_, identifier_, message_});
    open_ = false;
    at_ = no_time;
    for (std::string* text : {&transport_, &command_, &identifier_, &message_}) text->clear();
  }

 private:
  static constexpr std::string_view first_field = "__CURSOR=";
  void field(std::string_view line);

  bool open_ = false;
  Micros at_ = no_time;
  std::string transport_, command_, identifier_, message_;
};

}  // namespace egressc
