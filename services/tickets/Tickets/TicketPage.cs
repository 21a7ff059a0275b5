using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Tickets.Lifecycle;
using Npgsql;

namespace Hdms.Tickets.Tickets;

/// <summary>A page of tickets with the names that belong to them, and the caller's standing where that is not known yet: one round trip.</summary>
static class TicketPage
{
    const string Select =
        """
        SELECT row_to_json(r)::text AS row_text, p.first_name AS requester_first, p.last_name AS requester_last, a.first_name AS assignee_first, a.last_name AS assignee_last,
               c.first_name AS claimed_first, c.last_name AS claimed_last, d.code AS department_code, d.name AS department_name
        FROM tickets AS r
        LEFT JOIN tickets_replica_users AS p ON p.id = r.requester_id LEFT JOIN tickets_replica_users AS a ON a.id = r.assignee_id
        LEFT JOIN tickets_replica_users AS c ON c.id = r.claimed_by LEFT JOIN tickets_replica_departments AS d ON d.id = r.department_id
        """;

    sealed record Row(
        string RowText, string? RequesterFirst, string? RequesterLast, string? AssigneeFirst, string? AssigneeLast, string? ClaimedFirst, string? ClaimedLast,
        string? DepartmentCode, string? DepartmentName);

    /// <param name="where">What follows <c>FROM tickets AS r</c>.</param>
    /// <param name="known">Null: is asked, with <paramref name="standing"/>.</param>
    public static async Task<(Standing Standing, IReadOnlyList<Ticket> Tickets, Names Names)> ReadAsync(
        NpgsqlConnection connection, string where, DynamicParameters args, Standing? known, object standing, CancellationToken ct)
    {
        args.AddDynamicParams(standing);
        await using var answers = await connection.QueryMultipleAsync(new CommandDefinition($"{(known is null ? $"{Standing.Sql};" : "")} {Select} {where}", args, cancellationToken: ct));
        known ??= Standing.Of(await answers.ReadAsync<(string Kind, Guid Id)>());
        var (people, departments) = (new Dictionary<Guid, PersonRef>(), new Dictionary<Guid, DepartmentRef>());
        var tickets = new List<Ticket>();
        foreach (var row in await answers.ReadAsync<Row>())
        {
            var ticket = Table<Ticket>.Read(row.RowText)!;
            tickets.Add(ticket);
            Know(ticket.RequesterId, row.RequesterFirst, row.RequesterLast);
            Know(ticket.AssigneeId, row.AssigneeFirst, row.AssigneeLast);
            Know(ticket.ClaimedBy, row.ClaimedFirst, row.ClaimedLast);
            if (ticket.DepartmentId is { } department)
            {
                departments[department] = new DepartmentRef(department, row.DepartmentCode, row.DepartmentName);
            }
        }

        return (known, tickets, new Names(people, departments));

        void Know(Guid? id, string? first, string? last)
        {
            if (id is { } person)
            {
                people[person] = new PersonRef(person, first, last);
            }
        }
    }
}
