using Hdms.Contracts;
using Hdms.Kit.Events;
using Hdms.Kit.Problems;

namespace Hdms.Tickets.Tickets;

/// <summary>A ticket, as the row says.</summary>
sealed record Ticket : TicketState
{
    public long Version { get; init; }

    /// <summary>Trimmed, and only the last line's end of what was typed left away.</summary>
    public Ticket Trimmed() => this with
    {
        Title = Title?.Trim() ?? "",
        Description = string.IsNullOrWhiteSpace(Description) ? null : Description.Trim(),
        Category = string.IsNullOrWhiteSpace(Category) ? null : Category.Trim(),
    };

    /// <summary>What every ticket has to be, a draft too.</summary>
    public void Check(Checks check)
    {
        check.Text("title", Title, 500);
        check.OptionalText("description", Description, 65_536, min: 0);
        check.OptionalText("category", Category, 100, min: 0);
    }

    /// <summary>What a ticket needs before it is anybody's but its owner's.</summary>
    public void CheckComplete(Checks check)
    {
        Check(check);
        check.Text("description", Description, 65_536);
        check.Text("category", Category, 100);
        check.That("department_id", DepartmentId is not null, "is required");
    }

    /// <summary>Counts against its department's capacity.</summary>
    internal bool IsAtWork => !IsDeleted && Status is TicketStatus.Assigned or TicketStatus.InProgress or TicketStatus.WaitingApproval or TicketStatus.Approved;

    /// <summary>The whole state as an event.</summary>
    public T As<T>()
        where T : TicketState, new() => Whole<TicketState>.As<T>(this);
}
