({
    onStatusChanged: function (component, event) {
        component.find("bridge").statusChanged(event.getParams());
    },

    onLogout: function (component, event) {
        component.find("bridge").loggedOut(event.getParam("reason"));
    },

    /** Rejected for whoever is not logged in. */
    askStatus: function (component) {
        var bridge = component.find("bridge");
        component
            .find("omni")
            .getServicePresenceStatusId()
            .then(
                $A.getCallback(function (status) {
                    bridge.statusIs(status);
                }),
                $A.getCallback(function () {
                    bridge.statusIs(null);
                })
            );
    },

    setStatus: function (component, event) {
        var bridge = component.find("bridge");
        var statusId = event.getParam("statusId");
        component
            .find("omni")
            .setServicePresenceStatus({ statusId: statusId })
            .then(
                $A.getCallback(function () {
                    bridge.statusSet(statusId);
                }),
                $A.getCallback(function () {
                    bridge.statusRefused(statusId);
                })
            );
    }
})
