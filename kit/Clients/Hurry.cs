namespace Hdms.Kit.Clients;

/// <summary>
/// Says, for the calls made inside it, that somebody else can answer as well: one short try, then the other is asked. Ambient,
/// since the typed client in between knows nothing of it.
/// </summary>
public static class Hurry
{
    static readonly AsyncLocal<bool> Now = new();

    internal static bool IsOn => Now.Value;

    /// <exception cref="Contracts.ServiceCallException">The short try came to nothing.</exception>
    public static async Task<T> CallAsync<T>(Func<Task<T>> call)
    {
        ArgumentNullException.ThrowIfNull(call);
        Now.Value = true;
        try
        {
            return await call();
        }
        finally
        {
            Now.Value = false;
        }
    }
}
