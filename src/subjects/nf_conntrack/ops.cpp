#include "subjects/nf_conntrack/ops.h"

#include "subjects/nf_conntrack/nf_conntrack.h"
#include "subjects/nf_conntrack/oracle.h"

namespace revenant::nf_conntrack_subject {
namespace {

constexpr Argument kKey[] = {{.name = "key", .count = kKeys}};

void find(const Arguments& arguments) {
  nf_conn* const found = nf_conntrack_find_get(arguments[0]);
  if (found == nullptr) return;
  oracle::pinned(arguments[0], found);
  kernel::READ_ONCE(found->status);
  oracle::released(found);
  nf_ct_put(found);
}

}  // namespace

constexpr OpSpec kOps[kOpCount] = {
    {.name = "find",
     .summary = "nf_conntrack_find_get, use the entry, nf_ct_put; takes out what has expired",
     .arguments = kKey,
     .perform = &find},
    {.name = "create",
     .summary = "set an entry up and put it into the table, unless there is one of the key",
     .arguments = kKey,
     .perform = [](const Arguments& a) { nf_conntrack_create(a[0]); }},
    {.name = "expire",
     .summary = "the entry has outlived its time; the next lookup that passes it takes it out",
     .arguments = kKey,
     .perform = [](const Arguments& a) { nf_conntrack_expire(a[0]); }},
    {.name = "remove",
     .summary = "take the entry out of the table, and drop the table's reference",
     .arguments = kKey,
     .perform = [](const Arguments& a) { nf_conntrack_remove(a[0]); }},
};

}  // namespace revenant::nf_conntrack_subject
