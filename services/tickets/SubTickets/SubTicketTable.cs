using Hdms.Contracts;
using Hdms.Kit.Database;

namespace Hdms.Tickets.SubTickets;

/// <summary>Reads and writes rows of <c>sub_tickets</c>.</summary>
sealed class SubTicketTable : ThingTable<SubTicketTable, SubTicket, SubTicketState, SubTicketImported>, INamedTable
{
    public static string Name => "sub_tickets";

    public static string Called => "sub-ticket";
}
