namespace Hdms.Contracts;

/// <summary>
/// The tickets service as other services ask it. Retries, timeouts and tokens are its <see cref="HttpClient"/>'s, whose base address
/// is the service's.
/// </summary>
/// <exception cref="ServiceCallException">The service said no, or could not be reached.</exception>
public sealed class TicketsClient(HttpClient http)
{
    /// <summary>A ticket by id or by number, or null when there is none that the caller may see.</summary>
    public Task<TicketView?> FindAsync(string key, CancellationToken ct) => http.FindAsync<TicketView>($"{Service.Api}/tickets/{Uri.EscapeDataString(key)}", ct);

    /// <summary>From now on the department takes no ticket; tells how many it still has. Opening the department again ends it.</summary>
    /// <param name="idempotencyKey">The same for every try.</param>
    public Task<DepartmentHold> HoldDepartmentAsync(HoldDepartmentRequest closed, string idempotencyKey, CancellationToken ct) =>
        http.ChangeAsync<DepartmentHold>($"{Service.Api}/tickets/department-holds", closed, idempotencyKey, ct);

    /// <summary>Which of these tickets and sub-tickets somebody sees, and what they may do with their attachments.</summary>
    public Task<TicketSightAnswer> SightAsync(TicketSightRequest asked, CancellationToken ct) =>
        http.AskAsync<TicketSightAnswer>($"{Service.Api}/tickets/sight", asked, ct);
}

/// <summary>A department that was closed; all of it, for the feed may not have told of it yet.</summary>
/// <param name="Version">The department's version in which it was closed.</param>
public sealed record HoldDepartmentRequest(Guid DepartmentId, string Name, string Code, Guid? HeadId, int TotalCapacity, bool QueueEnabled, long Version);

/// <param name="OpenTickets">Its tickets and sub-tickets that are not at their end.</param>
public sealed record DepartmentHold(Guid DepartmentId, int OpenTickets);
