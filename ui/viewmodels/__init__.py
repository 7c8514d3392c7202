# SPDX-License-Identifier: Apache-2.0
"""The view-models: one QObject per screen, fed with frozen views, seen by QML as ``Hall24.Models``.

camelCase lives only here and in QML. Nothing here decides anything; QML's wishes leave through
:attr:`ui.viewmodels.shell.ShellModel.intent`.
"""
