using Hdms.Contracts;
using Hdms.Kit.Database;

namespace Hdms.Tickets.Requests;

/// <summary>Reads and writes rows of <c>ticket_requests</c>.</summary>
sealed class TicketRequestTable : ThingTable<TicketRequestTable, TicketRequest, TicketRequestState, TicketRequestImported>, INamedTable
{
    public static string Name => "ticket_requests";

    public static string Called => "request";
}
