namespace Hdms.Web;

/// <summary>Who may be signed in as, for trying things out; empty unless <c>hdms up</c> has made the demo organisation and says so.</summary>
public sealed class DemoSignIns
{
    /// <summary>The one password of all of them.</summary>
    public string Password { get; private set; } = "";

    public IReadOnlyList<DemoSignIn> People { get; private set; } = [];

    public void Show(string password, IReadOnlyList<DemoSignIn> people) => (Password, People) = (password, people);
}

/// <param name="As">In words, as <c>Head of IT</c>.</param>
public sealed record DemoSignIn(string As, string Name, string EmployeeCode);
