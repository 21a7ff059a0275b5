using Hdms.Contracts;
using Hdms.Kit.Database;

namespace Hdms.Tickets.Approvals;

/// <summary>Reads and writes rows of <c>approvals</c>.</summary>
sealed class ApprovalTable : ThingTable<ApprovalTable, Approval, ApprovalState, ApprovalImported>, INamedTable
{
    public static string Name => "approvals";

    public static string Called => "approval";
}
