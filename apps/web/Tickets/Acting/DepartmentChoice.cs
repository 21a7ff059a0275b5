using Hdms.Contracts;
using Hdms.Web.Api;

namespace Hdms.Web.Tickets.Acting;

/// <summary>A department as somebody chooses among them: who heads it, how full it is, how long it usually takes.</summary>
/// <param name="Active">Null where the read side does not answer.</param>
public sealed record DepartmentChoice(Guid Id, string Code, string Name, string? Head, int? Active, int Capacity, bool Queues, double? UsualHours)
{
    /// <summary>When the ticket would be due there, by the priority that it is given with; empty where nothing can be said of it.</summary>
    public IReadOnlyDictionary<Priority, DateTimeOffset> Due { get; init; } = new Dictionary<Priority, DateTimeOffset>();

    public bool IsFull => Active >= Capacity;

    /// <summary>To choose from for a ticket that is to be given to one of them.</summary>
    internal static async Task<IReadOnlyList<DepartmentChoice>> ForAsync(TicketView ticket, ApiClient api, CancellationToken ct)
    {
        var due = api.TryAsync<List<DuePreview>>($"/tickets/{ticket.Id}/due-previews", ct);
        var departments = await ReadAsync(api, ct);
        var byId = (await due ?? []).Where(d => d.DueAt is not null).ToLookup(d => d.DepartmentId);
        return [.. departments.Select(d => d with { Due = byId[d.Id].ToDictionary(p => p.Priority, p => p.DueAt!.Value) })];
    }

    internal static async Task<IReadOnlyList<DepartmentChoice>> ReadAsync(ApiClient api, CancellationToken ct)
    {
        var loads = api.TryAsync<DashboardView>("/dashboard", ct);
        var departments = (await api.GetAsync<Paged<DepartmentView>>("/departments?state=open&limit=100&sort=name", ct)).Data;
        var byId = ((await loads)?.Workload ?? []).ToDictionary(w => w.Department.Id);
        return
        [
            .. departments.Select(d => byId.TryGetValue(d.Id, out var load)
                ? new DepartmentChoice(d.Id, d.Code, d.Name, NameOf(d.Head), load.Active, d.TotalCapacity, d.QueueEnabled, load.UsualHours)
                : new DepartmentChoice(d.Id, d.Code, d.Name, NameOf(d.Head), null, d.TotalCapacity, d.QueueEnabled, null)),
        ];
    }

    static string? NameOf(UserSummary? head) => head is null ? null : $"{head.FirstName} {head.LastName}".Trim();
}
