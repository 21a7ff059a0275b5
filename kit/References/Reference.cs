using Hdms.Contracts;

namespace Hdms.Kit.References;

/// <summary>A kind of thing of another service to which rows here refer by id, and who can tell whether one exists.</summary>
/// <param name="Name">What is asked for, as <c>user</c> or <c>active_department</c>; the same name must always mean the same question.</param>
/// <param name="Owner">The service whose things they are.</param>
/// <param name="Ask">Asks the owner, for at most 100 ids at once, which of them exist; by a typed client, so that a failure is a <see cref="ServiceCallException"/>.</param>
public sealed record Reference(string Name, Service Owner, Func<IReadOnlyList<Guid>, CancellationToken, Task<IReadOnlySet<Guid>>> Ask)
{
    /// <summary>
    /// Asks the local replica, while the owner is away: for each id that it knows, whether the thing exists. Ids that it does
    /// not know are left out: they may be newer than it is, so nobody can say that they do not exist.
    /// </summary>
    public Func<IReadOnlyList<Guid>, CancellationToken, Task<IReadOnlyDictionary<Guid, bool>>>? Replica { get; init; }

    internal static string Key(string name, Guid id) => $"ref:{name}:{id:N}";
}
