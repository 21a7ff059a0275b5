using Hdms.Contracts;
using Hdms.Kit.Caching;
using Hdms.Kit.Clients;
using Hdms.Kit.Problems;
using Microsoft.Extensions.Logging;

namespace Hdms.Kit.References;

/// <summary>
/// Checks ids of other services' things: by the cache, else by the owning service, else, while that is down, by the local
/// replica. It calls over HTTP, so it goes before the unit of work, never into it (DESIGN section 12a). Between the check
/// and the commit the thing may be deleted; what becomes of the row then is its <see cref="ReferencePolicy"/>.
/// </summary>
public sealed partial class ReferenceChecks(Cache cache, ILogger<ReferenceChecks> log)
{
    const int MostAtOnce = 100;

    static readonly TimeSpan Kept = TimeSpan.FromSeconds(60);

    /// <summary>What does not exist may come into being any moment, and its maker would not understand why it is refused.</summary>
    static readonly TimeSpan AbsenceKept = TimeSpan.FromSeconds(2);

    /// <summary>A replica lags; what it says holds until its owner can be asked again.</summary>
    static readonly TimeSpan ReplicaKept = TimeSpan.FromSeconds(5);

    static readonly TimeSpan ComeAgain = TimeSpan.FromSeconds(2);

    /// <summary>Checks the fields of a request, each with the kind of thing its id must be; a field without an id is passed over.</summary>
    /// <exception cref="Refusal">422 <c>unknown_reference</c>, naming every field at fault; 503 <c>reference_unavailable</c> when nobody can tell.</exception>
    /// <example><code>
    /// await references.CheckAsync([("requester_id", request.RequesterId, users), ("department_id", request.DepartmentId, departments)], ct);
    /// </code></example>
    public async Task CheckAsync(IReadOnlyList<(string Field, Guid? Id, Reference To)> fields, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(fields);
        var answers = await Task.WhenAll(fields
            .Where(f => f.Id is not null)
            .GroupBy(f => f.To.Name, StringComparer.Ordinal)
            .Select(async kind => (Fields: kind.ToArray(), Known: await LookAsync(kind.First().To, kind.Select(f => f.Id!.Value), ct))));

        var unknown = answers
            .SelectMany(a => a.Fields.Where(f => a.Known.TryGetValue(f.Id!.Value, out var known) && !known.Exists))
            .ToLookup(f => f.Field, f => $"there is no such {f.To.Name}", StringComparer.Ordinal);
        if (unknown.Count > 0)
        {
            throw new Refusal(Codes.UnknownReference, string.Join("; ", unknown.Select(u => $"{u.Key}: {u.First()}")))
            {
                Errors = unknown.ToDictionary(u => u.Key, u => u.Distinct(StringComparer.Ordinal).ToArray()),
            };
        }

        foreach (var (kind, known) in answers)
        {
            RequireAll(kind[0].To, kind.Select(f => f.Id!.Value), known);
        }
    }

    /// <summary>Which of these exist.</summary>
    /// <exception cref="Refusal">503 <c>reference_unavailable</c> when nobody can tell of one of them.</exception>
    public async Task<IReadOnlySet<Guid>> ExistAsync(Reference to, IReadOnlyCollection<Guid> ids, CancellationToken ct)
    {
        var known = await LookAsync(to, ids, ct);
        RequireAll(to, ids, known);
        return known.Where(k => k.Value.Exists).Select(k => k.Key).ToHashSet();
    }

    /// <summary>Forgets what is known of these, since an event told of a change: from its handler, by <c>work.AfterCommit</c>.</summary>
    public Task ForgetAsync(string name, params IReadOnlyCollection<Guid> ids) => cache.EvictAsync([.. ids.Select(id => Reference.Key(name, id))]);

    Task<IReadOnlyDictionary<Guid, Known>> LookAsync(Reference to, IEnumerable<Guid> ids, CancellationToken ct) =>
        cache.GetManyAsync<Guid, Known>(
            ids,
            id => Reference.Key(to.Name, id),
            known => !known.Exists ? AbsenceKept : known.ByReplica ? ReplicaKept : Kept,
            (missing, token) => AskAsync(to, missing, token),
            ct);

    async Task<IReadOnlyDictionary<Guid, Known>> AskAsync(Reference to, IReadOnlyList<Guid> ids, CancellationToken ct)
    {
        var known = new Dictionary<Guid, Known>();
        foreach (var part in ids.Chunk(MostAtOnce))
        {
            try
            {
                var existing = to.Replica is null ? await to.Ask(part, ct) : await Hurry.CallAsync(() => to.Ask(part, ct));
                foreach (var id in part)
                {
                    known[id] = new Known(existing.Contains(id), ByReplica: false);
                }
            }
            catch (ServiceCallException e) when (e.IsAway && to.Replica is not null)
            {
                OwnerAway(log, to.Owner.Name, to.Name, e.Message);
                foreach (var (id, exists) in await to.Replica(part, ct))
                {
                    known[id] = new Known(exists, ByReplica: true);
                }
            }
            catch (ServiceCallException e) when (e.IsAway)
            {
                throw Unavailable(to, e.RetryAfter ?? ComeAgain, e);
            }
        }

        return known;
    }

    static void RequireAll(Reference to, IEnumerable<Guid> ids, IReadOnlyDictionary<Guid, Known> known)
    {
        if (ids.Any(id => !known.ContainsKey(id)))
        {
            throw Unavailable(to, ComeAgain, null);
        }
    }

    static Refusal Unavailable(Reference to, TimeSpan retryAfter, Exception? e) => Refusal.Unavailable(
        Codes.ReferenceUnavailable, $"Whether the {to.Name} exists can't be told while the {to.Owner.Name} service does not answer. Nothing was changed; try again.", retryAfter, e);

    internal sealed record Known(bool Exists, bool ByReplica);

    [LoggerMessage(220, LogLevel.Warning, "The {Owner} service is away; the replica answers for {Name}: {Reason}")]
    static partial void OwnerAway(ILogger logger, string owner, string name, string reason);
}
