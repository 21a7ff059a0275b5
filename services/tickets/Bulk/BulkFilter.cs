using System.Text.Json;
using Hdms.Contracts;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Tickets.Tickets;

namespace Hdms.Tickets.Bulk;

/// <summary>The list's filters, given in a body instead of an address.</summary>
static class BulkFilter
{
    static readonly string[] Known =
    [
        "status", "priority", "category", "department_id", "assignee_id", "requester_id", "claimed_by", "tag",
        "created_from", "created_to", "submitted_from", "submitted_to", "resolved_from", "resolved_to", "due_from", "due_to", "overdue_from", "overdue_to", "breached", "attention", "q",
    ];

    public static TicketFilter Read(IReadOnlyDictionary<string, string> filter, Caller caller)
    {
        var check = new Checks();
        var query = new TicketQuery();
        foreach (var (name, text) in filter)
        {
            check.That("filter", Known.Contains(name), $"has no {name}; it has {string.Join(", ", Known)}");
            query = name switch
            {
                "status" => query with { Status = text },
                "priority" => query with { Priority = text },
                "category" => query with { Category = text },
                "department_id" => query with { DepartmentId = Parsed<Guid>(name, text, check) },
                "assignee_id" => query with { AssigneeId = text },
                "requester_id" => query with { RequesterId = text },
                "claimed_by" => query with { ClaimedBy = text },
                "tag" => query with { Tag = text },
                "created_from" => query with { CreatedFrom = Parsed<DateTimeOffset>(name, text, check) },
                "created_to" => query with { CreatedTo = Parsed<DateTimeOffset>(name, text, check) },
                "submitted_from" => query with { SubmittedFrom = Parsed<DateTimeOffset>(name, text, check) },
                "submitted_to" => query with { SubmittedTo = Parsed<DateTimeOffset>(name, text, check) },
                "resolved_from" => query with { ResolvedFrom = Parsed<DateTimeOffset>(name, text, check) },
                "resolved_to" => query with { ResolvedTo = Parsed<DateTimeOffset>(name, text, check) },
                "due_from" => query with { DueFrom = Parsed<DateTimeOffset>(name, text, check) },
                "due_to" => query with { DueTo = Parsed<DateTimeOffset>(name, text, check) },
                "overdue_from" => query with { OverdueFrom = Parsed<DateTimeOffset>(name, text, check) },
                "overdue_to" => query with { OverdueTo = Parsed<DateTimeOffset>(name, text, check) },
                "breached" => query with { Breached = Parsed<bool>(name, text, check) },
                "attention" => query with { Attention = Parsed<bool>(name, text, check) },
                "q" => query with { Q = text },
                _ => query,
            };
        }

        check.That("filter", filter.Count > 0, "is required: nobody changes all tickets there are");
        var read = TicketFilter.Read(query, caller, check);
        check.Done();
        return read;
    }

    static T? Parsed<T>(string name, string text, Checks check)
        where T : struct
    {
        try
        {
            return typeof(T) == typeof(bool) ? JsonSerializer.Deserialize<T>(text) : JsonSerializer.Deserialize<T>(JsonSerializer.Serialize(text), Json.Tolerant);
        }
        catch (JsonException)
        {
            check.That("filter", false, $"{name} can't be read");
            return null;
        }
    }
}
